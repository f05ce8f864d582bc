// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace Branchline {

/// A member of staff in two lines: the name with the state at the end, below it login, group and rights.
/// Reads the columns of StaffModel.
class StaffDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffDelegate)

public:
    explicit StaffDelegate(QObject *parent = nullptr)
        : QStyledItemDelegate(parent)
    {}

    /// Muted text everywhere, for a list that is shown as it was some time ago.
    void setStale(bool stale) { m_stale = stale; }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    bool m_stale = false;
};

} // namespace Branchline
