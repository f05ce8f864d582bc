// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/palettemodel.h"

#include "models/roles.h"
#include "models/shell/wordmatch.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr size_t actionsBesideOthers = 6;

using Kind = PaletteEntry::Kind;

/// Until the answer comes, what an older one found and what matches still.
void keepMatching(std::vector<PaletteEntry> &entries, const QString &words)
{
    std::erase_if(entries, [&](const PaletteEntry &entry) {
        return words.isEmpty() || matchWords(entry.title + u' ' + entry.detail, words).isEmpty();
    });
}

} // namespace

PaletteModel::PaletteModel(QObject *parent)
    : QAbstractListModel(parent)
{}

void PaletteModel::setActions(std::vector<PaletteEntry> actions)
{
    m_actions = std::move(actions);
    rebuild();
}

void PaletteModel::setQuery(const QString &text)
{
    const QString tidy = text.simplified();
    Scope scope = Scope::All;
    if (tidy.startsWith(u'>'))
        scope = Scope::Actions;
    else if (tidy.startsWith(u'@'))
        scope = Scope::Patrons;
    else if (tidy.startsWith(u'#'))
        scope = Scope::Barcode;
    const QString words = scope == Scope::All ? tidy : tidy.mid(1).trimmed();
    if (scope == m_scope && words == m_words)
        return;
    m_scope = scope;
    m_words = words;
    m_pending = false;
    m_problem.clear();
    m_copies.clear(); // a barcode is the whole or nothing
    keepMatching(m_books, words);
    keepMatching(m_patrons, words);
    Q_EMIT queryChanged(); // first, so that the rows know whether answers will come
    rebuild();
}

void PaletteModel::setBooks(const QString &words, std::vector<PaletteEntry> books)
{
    if (words != m_words || m_scope != Scope::All)
        return;
    m_books = std::move(books);
    rebuild();
}

void PaletteModel::setPatrons(const QString &words, std::vector<PaletteEntry> patrons)
{
    if (words != m_words || (m_scope != Scope::All && m_scope != Scope::Patrons))
        return;
    m_patrons = std::move(patrons);
    rebuild();
}

void PaletteModel::setCopies(const QString &words, std::vector<PaletteEntry> copies)
{
    if (words != m_words || (m_scope != Scope::All && m_scope != Scope::Barcode))
        return;
    m_copies = std::move(copies);
    rebuild();
}

void PaletteModel::forgetPatrons()
{
    if (std::exchange(m_patrons, {}).empty())
        return;
    rebuild();
}

std::vector<PaletteEntry> PaletteModel::matchingActions() const
{
    if (m_words.isEmpty())
        return m_actions;
    std::vector<PaletteEntry> first;
    std::vector<PaletteEntry> others;
    for (const PaletteEntry &action : m_actions) {
        const QList<TextRange> ranges = matchWords(action.title, m_words);
        const bool begins = std::any_of(ranges.begin(), ranges.end(),
                                        [](const TextRange &range) { return range.start == 0; });
        const bool isFound =
            !ranges.isEmpty() ||
            !matchWords(QStringList{action.title, action.alsoCalled}.join(u' '), m_words).isEmpty();
        if (isFound)
            (begins ? first : others).push_back(action);
    }
    first.insert(first.end(), others.begin(), others.end());
    if (m_scope == Scope::All && first.size() > actionsBesideOthers)
        first.resize(actionsBesideOthers);
    return first;
}

void PaletteModel::appendGroup(std::vector<PaletteEntry> &rows, const QString &heading,
                               const std::vector<PaletteEntry> &entries) const
{
    if (entries.empty())
        return;
    rows.push_back({.kind = Kind::Heading, .id = {}, .iconName = {}, .title = heading});
    rows.insert(rows.end(), entries.begin(), entries.end());
}

void PaletteModel::rebuild()
{
    std::vector<PaletteEntry> rows;
    if (m_scope == Scope::All || m_scope == Scope::Barcode)
        appendGroup(rows, tr("Copies"), m_copies);
    if (m_scope == Scope::All || m_scope == Scope::Actions)
        appendGroup(rows, tr("Actions"), matchingActions());
    if (m_scope == Scope::All && !m_words.isEmpty()) {
        std::vector<PaletteEntry> books = m_books;
        books.push_back({.kind = Kind::Search,
                         .id = m_words,
                         .iconName = u"search"_s,
                         .title = tr("Search the catalogue for “%1”").arg(m_words)});
        appendGroup(rows, tr("Books"), books);
    }
    if (m_scope == Scope::All || m_scope == Scope::Patrons)
        appendGroup(rows, tr("Patrons"), m_patrons);
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int PaletteModel::choosableFrom(int row, int step) const
{
    for (; row >= 0 && row < rowCount(); row += step) {
        if (entry(row).kind != Kind::Heading)
            return row;
    }
    return -1;
}

bool PaletteModel::offersSearchOnly() const
{
    const int first = choosableFrom(0);
    return first >= 0 && entry(first).kind == Kind::Search && choosableFrom(first + 1) < 0;
}

int PaletteModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QString PaletteModel::spoken(const PaletteEntry &entry)
{
    QStringList parts{entry.title};
    if (!entry.detail.isEmpty())
        parts << entry.detail;
    if (!entry.keyText.isEmpty())
        parts << entry.keyText;
    if (entry.isCurrent)
        parts << tr("in use now");
    const QString text = parts.join(u", "_s);
    switch (entry.kind) {
    case Kind::Action:
        return tr("Action: %1").arg(text);
    case Kind::Copy:
        return tr("Copy: %1").arg(text);
    case Kind::Book:
        return tr("Book: %1").arg(text);
    case Kind::Patron:
        return tr("Patron: %1").arg(text);
    case Kind::Heading:
    case Kind::Search:
        break;
    }
    return text;
}

QVariant PaletteModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const PaletteEntry &row = entry(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return row.title;
    case Qt::AccessibleTextRole:
        return spoken(row);
    case Roles::Match:
        return row.kind == Kind::Heading || row.kind == Kind::Search ? QString() : m_words;
    case KindRole:
        return static_cast<int>(row.kind);
    case IdRole:
        return row.id;
    case IconRole:
        return row.iconName;
    case DetailRole:
        return row.detail;
    case KeyRole:
        return row.keyText;
    case CurrentRole:
        return row.isCurrent;
    default:
        return {};
    }
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex &index) const
{
    if (!index.isValid() || entry(index.row()).kind == Kind::Heading)
        return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

} // namespace Branchline
