// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/editing.h"

#include "ui/catalogue/bookeditor.h"
#include "ui/catalogue/copyeditor.h"
#include "ui/history/historypane.h"
#include "ui/patrons/patroneditor.h"

#include <algorithm>

using namespace Qt::StringLiterals;

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

void Editing::show(EditorSheet *sheet, const std::function<QString()> &refusal)
{
    m_open.removeIf([](const Guarded &form) { return form.sheet.isNull(); });
    const Guarded form{sheet, refusal};
    m_open.append(form);
    // The branch of the record decides, and may be chosen in the form.
    const auto ask = [this, form] { showRefusal(form); };
    connect(sheet->session(), &EditSession::stateChanged, this, ask);
    connect(sheet->session(), &EditSession::valueChanged, this, ask);
    connect(sheet->session(), &EditSession::changesChanged, this, ask);
    ask();
    connect(sheet, &EditorSheet::closeRequested, this, [this, sheet] { m_window.closeSheet(sheet); });
    m_window.openSheet(sheet);
}

void Editing::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    for (const Guarded &form : std::as_const(m_open))
        showRefusal(form);
}

void Editing::showRefusal(const Guarded &form) const
{
    if (!form.sheet)
        return;
    const QString unknown = m_permissions.unknown();
    form.sheet->setRefusal(unknown.isEmpty() ? form.refusal() : unknown);
}

QString Editing::refusalAt(QLatin1StringView right, const QUuid &branch, const QString &action) const
{
    const BranchEntry *entry = m_cluster->directory()->branch(branch);
    return entry ? m_permissions.refusal(right, *entry, action) : QString();
}

void Editing::addHistory(EditorSheet *sheet, const QString &table, const QUuid &id)
{
    if (id.isNull())
        return; // of what is not in the library yet there is none
    auto *pane = new HistoryPane(new HistorySession(*m_cluster));
    connect(pane, &HistoryPane::shown, this, [pane, table, id] { pane->session()->readRecord(table, id); });
    connect(sheet, &EditorSheet::changed, pane, [pane] {
        if (pane->isVisible())
            pane->session()->reload();
    });
    sheet->addPage(u"history"_s, u"history"_s, tr("History"), pane);
}

EditorSheet *Editing::unsavedOn(MainWindow::Page page) const
{
    auto *sheet = qobject_cast<EditorSheet *>(m_window.sheetOf(page));
    return sheet && sheet->session()->hasChanges() && !sheet->session()->isRemoved() ? sheet : nullptr;
}

bool Editing::mayClose(const std::function<void()> &then)
{
    for (const MainWindow::Page page : m_window.pages()) {
        EditorSheet *sheet = unsavedOn(page);
        if (!sheet)
            continue;
        m_window.showPage(page);
        sheet->leave(then);
        return false;
    }
    return true;
}

int Editing::unsaved() const
{
    const auto pages = m_window.pages();
    return static_cast<int>(
        std::count_if(pages.begin(), pages.end(), [this](MainWindow::Page page) { return unsavedOn(page); }));
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
    addHistory(sheet, u"books"_s, id);
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
    show(sheet, [this] { return m_permissions.refusalAnywhere("catalogue"_L1, tr("edit books")); });
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
    addHistory(showCopy(session), u"physical_exemplars"_s, QUuid(copy));
    session->read();
}

EditorSheet *Editing::showCopy(CopySession *session)
{
    const bool isOnBranch = m_window.currentPage() == MainWindow::Page::Branch;
    auto *sheet = new CopyEditor(session, isOnBranch ? tr("Branch") : tr("Catalogue"));
    connect(sheet, &EditorSheet::changed, this, &Editing::copiesChanged);
    connect(sheet, &CopyEditor::addCopyRequested, this, [this, sheet](const QUuid &book) {
        m_window.closeSheet(sheet);
        addCopy(plain(book));
    });
    show(sheet, [this, session] {
        return refusalAt("branch"_L1, QUuid(session->text(u"branch"_s)), tr("edit copies"));
    });
    return sheet;
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
    addHistory(sheet, u"users"_s, id);
    connect(sheet, &EditorSheet::changed, this, &Editing::patronsChanged);
    connect(sheet, &EditorSheet::openRequested, this, [this, sheet](const QUuid &other) {
        m_window.closeSheet(sheet);
        showPatron(other);
    });
    show(sheet, [this, session] {
        // Of a patron who moves, both branches have to agree.
        const QString atHome =
            session->isNew() ? QString()
                             : refusalAt("patrons"_L1, session->record().homeBranch, tr("edit patrons"));
        return atHome.isEmpty() ? refusalAt("patrons"_L1, QUuid(session->text(u"branch"_s)),
                                            session->isNew() ? tr("register patrons") : tr("edit patrons"))
                                : atHome;
    });
    if (!id.isNull())
        session->read();
}

} // namespace Branchline
