// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace Branchline {

class TableView;

/// Which columns of a table are shown, and what it is sorted by; filled anew whenever it opens.
class ColumnsMenu final : public QMenu
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ColumnsMenu)

public:
    explicit ColumnsMenu(QWidget *parent = nullptr);

    void setTable(TableView *table) { m_table = table; }

private:
    void fill();

    TableView *m_table = nullptr;
};

} // namespace Branchline
