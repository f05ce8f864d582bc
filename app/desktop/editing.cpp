// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/editing.h"

#include "ui/catalogue/bookeditor.h"
#include "ui/catalogue/copyeditor.h"
#include "ui/patrons/patroneditor.h"
#include "ui/shell/mainwindow.h"

namespace Branchline {

namespace {

QString plain(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

Editing::Editing(MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_window(window)
{}

void Editing::show(EditorSheet *sheet)
{
    connect(sheet, &EditorSheet::closeRequested, this, [this, sheet] { m_window.closeSheet(sheet); });
    m_window.openSheet(sheet);
}

bool Editing::mayClose()
{
    using Page = MainWindow::Page;
    for (const Page page : {Page::Desk, Page::Catalogue, Page::Patrons, Page::Branch, Page::Statistics}) {
        auto *sheet = qobject_cast<EditorSheet *>(m_window.sheetOf(page));
        if (!sheet || !sheet->session()->hasChanges() || sheet->session()->isRemoved())
            continue;
        m_window.showPage(page);
        sheet->leave([this] { m_window.close(); });
        return false;
    }
    return true;
}

void Editing::addBook()
{
    if (m_cluster)
        showBook({}, {});
}

void Editing::editBook(const QString &id)
{
    editBookOf(id, {});
}

void Editing::editBookOf(const QString &id, const QStringList &list)
{
    if (m_cluster && !QUuid(id).isNull())
        showBook(QUuid(id), list);
}

void Editing::showBook(const QUuid &id, const QStringList &list)
{
    auto *session = new BookSession(*m_cluster, id);
    auto *sheet = new BookEditor(session);
    const auto place = list.indexOf(plain(id));
    if (place >= 0)
        sheet->setPlaceInList(static_cast<int>(place) + 1, static_cast<int>(list.size()));
    const auto replace = [this, sheet, list](const QUuid &other) {
        m_window.closeSheet(sheet);
        showBook(other, list);
    };
    connect(sheet, &EditorSheet::previousRequested, this, [replace, list, place] {
        if (place > 0)
            replace(QUuid(list.at(place - 1)));
    });
    connect(sheet, &EditorSheet::nextRequested, this, [replace, list, place] {
        if (place >= 0 && place + 1 < list.size())
            replace(QUuid(list.at(place + 1)));
    });
    connect(sheet, &EditorSheet::openRequested, this, replace);
    connect(sheet, &EditorSheet::changed, this, &Editing::booksChanged);
    connect(sheet, &BookEditor::addCopyRequested, this, [this](const QUuid &book) { addCopy(plain(book)); });
    show(sheet);
    if (!id.isNull())
        session->read();
}

void Editing::addCopy(const QString &book)
{
    if (m_cluster && !QUuid(book).isNull())
        showCopy(CopySession::forNewCopy(*m_cluster, QUuid(book), m_branch.id));
}

void Editing::editCopy(const QString &branch, const QString &copy)
{
    if (!m_cluster || QUuid(branch).isNull() || QUuid(copy).isNull())
        return;
    auto *session = new CopySession(*m_cluster, QUuid(branch), QUuid(copy));
    showCopy(session);
    session->read();
}

void Editing::showCopy(CopySession *session)
{
    const bool isOnBranch = m_window.currentPage() == MainWindow::Page::Branch;
    auto *sheet = new CopyEditor(session, isOnBranch ? tr("Branch") : tr("Catalogue"));
    connect(sheet, &EditorSheet::changed, this, &Editing::copiesChanged);
    connect(sheet, &CopyEditor::addCopyRequested, this, [this, sheet](const QUuid &book) {
        m_window.closeSheet(sheet);
        addCopy(plain(book));
    });
    show(sheet);
}

void Editing::registerPatron()
{
    if (m_cluster)
        showPatron({});
}

void Editing::editPatron(const QString &id)
{
    if (m_cluster && !QUuid(id).isNull())
        showPatron(QUuid(id));
}

void Editing::showPatron(const QUuid &id)
{
    auto *session = new PatronSession(*m_cluster, id, m_branch.id);
    auto *sheet = new PatronEditor(session);
    connect(sheet, &EditorSheet::changed, this, &Editing::patronsChanged);
    connect(sheet, &EditorSheet::openRequested, this, [this, sheet](const QUuid &other) {
        m_window.closeSheet(sheet);
        showPatron(other);
    });
    show(sheet);
    if (!id.isNull())
        session->read();
}

} // namespace Branchline
