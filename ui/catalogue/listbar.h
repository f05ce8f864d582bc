// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"
#include "ui/widgets/panel.h"

#include <QMenu>

namespace Branchline {

class Button;
class FilterChips;
class TagLabel;
class TextLine;

/// The line above the titles: how many, the filters that are on, and at the end what the list can be sorted
/// by and which columns it shows.
class ListBar final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ListBar)

public:
    explicit ListBar(QWidget *parent = nullptr);

    FilterChips *chips() const { return m_chips; }
    /// Fill it when it is about to open.
    QMenu *columnsMenu() const { return m_columnsMenu; }
    /// \a hasRows: rows of before are on screen while others are loaded, and keep their number.
    void showState(CatalogueState state, const ListNote &note, bool hasRows);
    /// It takes long: what is waited for.
    void showWaiting(const QString &sentence);
    void setOrder(BookOrder order);
    /// In a narrow window the filters are behind a button.
    void setNarrow(bool narrow);
    void setExportShown(bool shown);

Q_SIGNALS:
    void filtersClicked();
    void orderChosen(BookOrder order);
    void exportRequested();

private:
    void makeSortMenu();

    TextLine *m_count;
    FilterChips *m_chips;
    TextLine *m_asOf;
    TagLabel *m_staleTag;
    Button *m_filters;
    Button *m_sort;
    Button *m_columns;
    Button *m_export;
    QMenu *m_sortMenu;
    QMenu *m_columnsMenu;
};

} // namespace Branchline
