// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/staff.h"

#include <QAbstractTableModel>

namespace Branchline {

/// The staff, by name, with their rights in words and what servers still have to do. Who is disabled comes
/// last. GUI thread only.
class StaffModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffModel)

public:
    enum Column { Login, Name, State, RightsHeld, Group, Summary, Sessions, ColumnCount };

    explicit StaffModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    /// The directory gives the names of branches.
    void setStaff(StaffList staff, DirectoryPtr directory);
    /// Only those with these words in name or login.
    void setFilter(const QString &words);
    [[nodiscard]] const QString &filterWords() const { return m_words; }
    /// The row of a login, -1 when it is not shown.
    [[nodiscard]] int rowOf(const QString &login) const;
    /// Whoever is not shown included; null when there is no such login.
    [[nodiscard]] const StaffMember *member(const QString &login) const;
    [[nodiscard]] const StaffList &staff() const { return m_staff; }
    /// "Active", "Not on every server"; and one of Roles::Kind.
    [[nodiscard]] QString stateText(const StaffMember &member) const;
    [[nodiscard]] int stateKind(const StaffMember &member) const;
    /// The group of the login in words; empty while no server has told it.
    [[nodiscard]] QString group(const StaffMember &member) const;
    /// Open sessions on all servers that answered; -1 while none has.
    [[nodiscard]] int sessions(const StaffMember &member) const;

    /// Null when there is no such row.
    [[nodiscard]] const StaffMember *member(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const StaffMember &member, int column) const;
    void arrange();
    [[nodiscard]] QString summary(const StaffMember &member) const;
    [[nodiscard]] QString sessionsText(const StaffMember &member) const;
    [[nodiscard]] QString rightsText(const StaffMember &member) const;

    StaffList m_staff;
    std::vector<size_t> m_rows; ///< of m_staff.members, as they are shown
    QString m_words;
    DirectoryPtr m_directory;
};

} // namespace Branchline
