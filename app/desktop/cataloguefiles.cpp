// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/cataloguefiles.h"

#include "app/desktop/pagecontroller.h"
#include "models/watch.h"
#include "ui/catalogue/importview.h"
#include "ui/shell/mainwindow.h"
#include "ui/widgets/messagebar.h"

#include <QDropEvent>
#include <QFileDialog>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// A dialog that is closed again without anybody waiting for it.
QFileDialog *makeDialog(QWidget *parent, const QString &title)
{
    auto *dialog = new QFileDialog(parent, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setNameFilters(
        {CatalogueFiles::tr("CSV files (*.csv *.tsv *.txt)"), CatalogueFiles::tr("All files (*)")});
    return dialog;
}

} // namespace

CatalogueFiles::CatalogueFiles(MainWindow &window, PageController &page, QObject *parent)
    : QObject(parent)
    , m_window(window)
    , m_page(page)
{
    page.view()->setAcceptDrops(true);
    page.view()->installEventFilter(this);
}

CatalogueFiles::~CatalogueFiles() = default;

void CatalogueFiles::open(Cluster &cluster)
{
    m_cluster = &cluster;
    m_import = std::make_unique<ImportSession>(cluster);
    connect(m_import.get(), &ImportSession::changed, this, &CatalogueFiles::showState);
    connect(m_import.get(), &ImportSession::progressed, this, &CatalogueFiles::showState);
}

void CatalogueFiles::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    showRefusal();
}

void CatalogueFiles::showRefusal()
{
    const QString unknown = m_permissions.unknown();
    if (m_sheet)
        m_sheet->setRefusal(
            unknown.isEmpty() ? m_permissions.refusalAnywhere("catalogue"_L1, tr("import books")) : unknown);
}

void CatalogueFiles::importBooks()
{
    if (!m_cluster)
        return;
    if (!m_sheet) {
        m_sheet = new ImportView;
        joinSheet();
        showRefusal();
        m_window.openSheet(m_sheet);
    }
    m_sheet->setFocus();
}

void CatalogueFiles::joinSheet()
{
    ImportSession *session = m_import.get();
    connect(m_sheet, &ImportView::chooseRequested, this, &CatalogueFiles::askForFile);
    connect(m_sheet, &ImportView::fileDropped, session, &ImportSession::choose);
    connect(m_sheet, &ImportView::importRequested, session, &ImportSession::start);
    connect(m_sheet, &ImportView::cancelRequested, session, &ImportSession::cancel);
    connect(m_sheet, &ImportView::closeRequested, this, &CatalogueFiles::closeSheet);
}

void CatalogueFiles::closeSheet()
{
    ImportView *sheet = m_sheet;
    m_sheet = nullptr;
    m_window.closeSheet(sheet);
}

/// A file that is dropped on the list of books is looked at in the sheet.
bool CatalogueFiles::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::DragEnter && event->type() != QEvent::Drop)
        return QObject::eventFilter(watched, event);
    auto *drop = static_cast<QDropEvent *>(event);
    const QString file = draggedFile(drop->mimeData());
    if (!m_cluster || file.isEmpty() || !m_permissions.refusalAnywhere("catalogue"_L1, {}).isEmpty())
        return false;
    drop->acceptProposedAction();
    if (event->type() == QEvent::Drop) {
        importBooks();
        m_import->choose(file);
    }
    return true;
}

void CatalogueFiles::showState()
{
    const ImportSession::State state = m_import->state();
    if (state == ImportSession::State::Finished)
        Q_EMIT booksChanged();
    if (!m_sheet)
        return;
    switch (state) {
    case ImportSession::State::Choosing:
        m_sheet->showChoose(m_import->error());
        break;
    case ImportSession::State::Looking:
        m_sheet->showLooking();
        break;
    case ImportSession::State::Ready:
        m_sheet->showPreview(m_import->preview());
        break;
    case ImportSession::State::Running:
    case ImportSession::State::Cancelling:
        m_sheet->showProgress(m_import->progress(), state == ImportSession::State::Cancelling);
        break;
    case ImportSession::State::Finished:
        m_sheet->showReport(m_import->report());
        break;
    }
}

void CatalogueFiles::askForFile()
{
    QFileDialog *dialog = makeDialog(&m_window, tr("Import books"));
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_import.get(), &ImportSession::choose);
    dialog->open();
}

void CatalogueFiles::exportBooks()
{
    if (!m_cluster)
        return;
    if (m_export) {
        m_page.messages()->showMessage(MessageBar::Kind::Info,
                                       tr("The catalogue is being written to a file."),
                                       tr("Wait until that is done."), {}, true);
        return;
    }
    QFileDialog *dialog = makeDialog(&m_window, tr("Export the catalogue"));
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"csv"_s);
    dialog->selectFile(tr("catalogue.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &CatalogueFiles::save);
    dialog->open();
}

void CatalogueFiles::save(const QString &file)
{
    m_export = std::make_unique<BookExport>(*m_cluster, file);
    m_page.messages()->showMessage(MessageBar::Kind::Info,
                                   tr("The catalogue is being written to %1.").arg(file),
                                   tr("You can go on working."));
    watch(m_export->start(), this, [this](const Result<ExportReport> &report) {
        m_export.reset();
        if (!report) {
            m_page.messages()->showMessage(MessageBar::Kind::Error, report.error().message,
                                           report.error().hint);
            return;
        }
        m_page.messages()->showMessage(MessageBar::Kind::Info,
                                       report->books == 1
                                           ? tr("1 book has been written to %1.").arg(report->file)
                                           : tr("%1 books have been written to %2.")
                                                 .arg(QLocale().toString(report->books), report->file),
                                       QString(), {}, true);
    });
}

} // namespace Branchline
