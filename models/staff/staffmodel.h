// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/staff.h"

#include <QAbstractTableModel>

namespace Branchline {

/// The staff, by login, with their rights in words and what servers still have to do. GUI thread only.
class StaffModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffModel)

public:
    enum Column { Login, Name, State, RightsHeld, ColumnCount };

    explicit StaffModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    /// The directory gives the names of branches.
    void setStaff(StaffList staff, DirectoryPtr directory);
    /// Null when there is no such row.
    [[nodiscard]] const StaffMember *member(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const StaffMember &member, int column) const;
    [[nodiscard]] QString stateText(const StaffMember &member) const;
    [[nodiscard]] QString rightsText(const StaffMember &member) const;

    StaffList m_staff;
    DirectoryPtr m_directory;
};

} // namespace Branchline
