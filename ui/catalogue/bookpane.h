// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"
#include "ui/widgets/panel.h"

#include <optional>

class QAbstractItemModel;
class QAction;
class QGridLayout;
class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace Branchline {

class Button;
class EmptyState;
class SectionLine;
class StatusLight;
class TableView;
class TextLine;

/// The selected book: what it is, where its copies are, and since when that is known.
class BookPane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BookPane)

public:
    /// \a actions become small buttons below the title; not owned.
    explicit BookPane(const QList<QAction *> &actions = {}, QWidget *parent = nullptr);

    /// The copies of the book: columns Branch, Status, Place, Count; not owned.
    void setCopyModel(QAbstractItemModel *model);
    /// Nothing is selected.
    void clear();
    /// A book was selected and its facts are on their way: what the list knows is shown.
    void showPending(const QString &title, const QString &authors);
    void showFacts(const BookFacts &facts);
    /// As a page of its own there is a way back to the list.
    void setIsPage(bool isPage);

Q_SIGNALS:
    void backRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Definition
    {
        QLabel *term;
        QLabel *text;
    };

    QWidget *makeContent();
    QWidget *makeButtons() const;
    Definition addDefinition(QGridLayout *grid, const QString &term);
    void showDefinition(const Definition &definition, const QString &text);
    void showHead(const QString &title, const QString &authors);
    void fitCopies();

    QList<QAction *> m_actions;
    Button *m_back = nullptr;
    QScrollArea *m_scroll = nullptr;
    EmptyState *m_nothing = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_authors = nullptr;
    QWidget *m_definitions = nullptr;
    Definition m_isbn{};
    Definition m_published{};
    Definition m_language{};
    Definition m_categories{};
    SectionLine *m_section = nullptr;
    StatusLight *m_light = nullptr;
    TextLine *m_asOf = nullptr;
    TableView *m_copies = nullptr;
    QLabel *m_description = nullptr;
};

} // namespace Branchline
