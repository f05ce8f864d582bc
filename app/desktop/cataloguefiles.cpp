// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/cataloguefiles.h"

#include "models/watch.h"
#include "ui/catalogue/importview.h"
#include "ui/widgets/messagebar.h"

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

CatalogueFiles::CatalogueFiles(Cluster &cluster, QWidget *page, MessageBar *messages, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_page(page)
    , m_messages(messages)
{}

CatalogueFiles::~CatalogueFiles() = default;

void CatalogueFiles::openImport()
{
    if (!m_import) {
        m_import = std::make_unique<ImportSession>(m_cluster);
        connect(m_import.get(), &ImportSession::changed, this, &CatalogueFiles::showState);
        connect(m_import.get(), &ImportSession::progressed, this, &CatalogueFiles::showState);
    }
    if (m_sheet) {
        m_sheet->setFocus();
        return;
    }
    m_sheet = new ImportView;
    joinSheet();
    Q_EMIT sheetOpened(m_sheet);
    if (m_import->isRunning())
        showState();
}

void CatalogueFiles::joinSheet()
{
    connect(m_sheet, &ImportView::chooseRequested, this, &CatalogueFiles::askForFile);
    connect(m_sheet, &ImportView::fileDropped, m_import.get(), &ImportSession::choose);
    connect(m_sheet, &ImportView::importRequested, m_import.get(), &ImportSession::start);
    connect(m_sheet, &ImportView::cancelRequested, m_import.get(), &ImportSession::cancel);
    connect(m_sheet, &ImportView::closeRequested, this, [this] {
        ImportView *sheet = m_sheet;
        m_sheet = nullptr;
        Q_EMIT sheetClosed(sheet);
    });
}

void CatalogueFiles::importFile(const QString &file)
{
    openImport();
    m_import->choose(file);
}

void CatalogueFiles::showState()
{
    const ImportSession::State state = m_import->state();
    if (state == ImportSession::State::Finished)
        Q_EMIT imported();
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
    QFileDialog *dialog = makeDialog(m_page->window(), tr("Import books"));
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_import.get(), &ImportSession::choose);
    dialog->open();
}

void CatalogueFiles::exportBooks()
{
    if (m_export) {
        m_messages->showMessage(MessageBar::Kind::Info, tr("The catalogue is being written to a file."),
                                tr("Wait until that is done."), {}, true);
        return;
    }
    QFileDialog *dialog = makeDialog(m_page->window(), tr("Export the catalogue"));
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"csv"_s);
    dialog->selectFile(tr("catalogue.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &CatalogueFiles::save);
    dialog->open();
}

void CatalogueFiles::save(const QString &file)
{
    m_export = std::make_unique<BookExport>(m_cluster, file);
    m_messages->showMessage(MessageBar::Kind::Info, tr("The catalogue is being written to %1.").arg(file),
                            tr("You can go on working."));
    watch(m_export->start(), this, [this](const Result<ExportReport> &report) {
        m_export.reset();
        if (!report) {
            m_messages->showMessage(MessageBar::Kind::Error, report.error().message, report.error().hint);
            return;
        }
        m_messages->showMessage(MessageBar::Kind::Info,
                                report->books == 1
                                    ? tr("1 book has been written to %1.").arg(report->file)
                                    : tr("%1 books have been written to %2.")
                                          .arg(QLocale().toString(report->books), report->file),
                                QString(), {}, true);
    });
}

} // namespace Branchline
