// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>

#include <vector>

namespace Branchline {

/// A row of the command palette.
struct PaletteEntry
{
    enum class Kind { Heading, Action, Copy, Book, Patron, Search };
    Kind kind = Kind::Action;
    QString id;       ///< of the action, book (also of a copy's) or patron; the words of a search
    QString iconName; ///< of resources/icons
    QString title;
    QString detail;          ///< muted, at the end
    QString keyText;         ///< the keys that do the same
    bool isCurrent = false;  ///< that is how it is already, such as the appearance in use
    QString alsoCalled = {}; ///< other words by which an action is found; not shown
};

/// The command palette's list: actions, books and patrons that match what was typed, each under a heading.
/// "> " leaves only actions, "@" only patrons, "#" only the copy with that barcode. Actions are matched here;
/// the others are brought by whoever listens to queryChanged(), and are dropped when they answer an older
/// query.
class PaletteModel final : public QAbstractListModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaletteModel)

public:
    enum class Scope { All, Actions, Patrons, Barcode };
    enum Role { KindRole = Qt::UserRole + 200, IdRole, IconRole, DetailRole, KeyRole, CurrentRole };

    explicit PaletteModel(QObject *parent = nullptr);

    /// All that can be done now, in the order in which it is to be offered.
    void setActions(std::vector<PaletteEntry> actions);
    void setQuery(const QString &text);
    /// What was typed without the sign in front, blanks tidied.
    [[nodiscard]] const QString &words() const { return m_words; }
    [[nodiscard]] Scope scope() const { return m_scope; }
    [[nodiscard]] const PaletteEntry &entry(int row) const { return m_rows[static_cast<size_t>(row)]; }
    /// The first row that can be chosen at or after (with step -1: before) a row; -1 when there is none.
    [[nodiscard]] int choosableFrom(int row, int step = 1) const;
    /// Nothing matches but the search for the words themselves.
    [[nodiscard]] bool offersSearchOnly() const;

    /// Answers to the query `words` and scope; others are ignored.
    void setBooks(const QString &words, std::vector<PaletteEntry> books);
    void setPatrons(const QString &words, std::vector<PaletteEntry> patrons);
    void setCopies(const QString &words, std::vector<PaletteEntry> copies);
    /// Whoever is at the window may no longer see them.
    void forgetPatrons();
    /// Whether an answer to the newest query is still awaited.
    void setPending(bool pending) { m_pending = pending; }
    [[nodiscard]] bool isPending() const { return m_pending; }

    /// What keeps the answers to the newest query from being complete, in sentences; emptied by the next.
    void setProblem(const QString &problem) { m_problem = problem; }
    [[nodiscard]] const QString &problem() const { return m_problem; }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

Q_SIGNALS:
    /// Something else is looked for; words() and scope() say what.
    void queryChanged();

private:
    void rebuild();
    void appendGroup(std::vector<PaletteEntry> &rows, const QString &heading,
                     const std::vector<PaletteEntry> &entries) const;
    [[nodiscard]] std::vector<PaletteEntry> matchingActions() const;
    [[nodiscard]] static QString spoken(const PaletteEntry &entry);

    Scope m_scope = Scope::All;
    QString m_words;
    std::vector<PaletteEntry> m_actions;
    std::vector<PaletteEntry> m_copies;
    std::vector<PaletteEntry> m_books;
    std::vector<PaletteEntry> m_patrons;
    std::vector<PaletteEntry> m_rows;
    QString m_problem;
    bool m_pending = false;
};

} // namespace Branchline
