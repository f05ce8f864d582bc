// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/branch/columnsmenu.h"

#include "models/roles.h"
#include "ui/widgets/tableview.h"

#include <QHeaderView>

namespace Branchline {

ColumnsMenu::ColumnsMenu(QWidget *parent)
    : QMenu(parent)
{
    setAccessibleName(tr("Columns"));
    connect(this, &QMenu::aboutToShow, this, &ColumnsMenu::fill);
}

void ColumnsMenu::fill()
{
    clear();
    if (m_table == nullptr || m_table->model() == nullptr)
        return;
    const QAbstractItemModel *model = m_table->model();
    QMenu *sorting = nullptr;
    const QHeaderView *header = m_table->horizontalHeader();
    for (int column = 0; column < model->columnCount(); ++column) {
        const auto heading = [&](int role) { return model->headerData(column, Qt::Horizontal, role); };
        const QString title = heading(Qt::DisplayRole).toString();
        if (title.isEmpty())
            continue;
        QAction *action = addAction(title);
        action->setCheckable(true);
        action->setChecked(!m_table->isColumnHidden(column));
        // A row without its title says nothing.
        action->setEnabled(!heading(Roles::IsStretched).toBool());
        connect(action, &QAction::toggled, m_table,
                [table = m_table, column](bool shown) { table->setColumnShown(column, shown); });
        const QString key = heading(Roles::SortKey).toString();
        if (key.isEmpty())
            continue;
        if (sorting == nullptr)
            sorting = new QMenu(tr("Sort by"), this);
        const bool isSorted = header->isSortIndicatorShown() && header->sortIndicatorSection() == column;
        QAction *sort = sorting->addAction(title);
        sort->setCheckable(true);
        sort->setChecked(isSorted);
        const bool descending = isSorted && header->sortIndicatorOrder() == Qt::AscendingOrder;
        connect(sort, &QAction::triggered, m_table,
                [table = m_table, key, descending] { Q_EMIT table->sortRequested(key, descending); });
    }
    if (sorting != nullptr) {
        addSeparator();
        addMenu(sorting);
    }
}

} // namespace Branchline
