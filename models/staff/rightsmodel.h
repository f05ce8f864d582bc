// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/rights.h"
#include "db/staff/staff.h"

#include <QAbstractTableModel>

namespace Branchline {

/// The rights of one member of staff: a row for each right, a column for "every branch" and one for each
/// branch, those where something is held first. A cell is a box to tick; what is ticked is asked for, and
/// shown as soon as main has it. GUI thread only.
class RightsModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RightsModel)

public:
    enum Role {
        CellRole = Qt::UserRole + 100, ///< int, one of Cell
        ExplanationRole,               ///< of a row's heading, QString: a sentence
        CanChangeRole                  ///< bool
    };
    /// Implied: held by "every branch". Waiting: main has been asked.
    enum Cell { NotHeld, Held, Implied, Waiting };

    explicit RightsModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    /// The member of staff, or null; `mine` are the rights of whoever looks. The order of the branches
    /// changes with the member only; `here` is the branch of the desk, which comes early.
    void setMember(const StaffMember *member, const DirectoryPtr &directory, const Rights &mine,
                   const QUuid &here);
    /// Only branches with a name or code like this; those of before come back with an empty text.
    void setBranchFilter(const QString &words);
    /// Main has been asked to give or take a right, or has answered.
    void setWaiting(const StaffRight &right, bool waiting);
    [[nodiscard]] bool isWaiting() const { return !m_waiting.isEmpty(); }
    [[nodiscard]] StaffRight right(const QModelIndex &index) const;
    /// Branches that the filter leaves, "every branch" not counted.
    [[nodiscard]] int branchCount() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

Q_SIGNALS:
    /// A person ticked a box, or took the tick off.
    void changeRequested(const Branchline::StaffRight &right, bool on);

private:
    struct Column
    {
        QUuid branch; ///< null: every branch
        QString name;
        QString code;
    };

    void arrange(const Directory &directory, const QUuid &here);
    void filter();
    [[nodiscard]] bool holds(const StaffRight &right) const;
    [[nodiscard]] Cell cell(const StaffRight &right) const;
    [[nodiscard]] bool mayChange(const StaffRight &right) const;
    [[nodiscard]] QString sentence(const QModelIndex &index) const;

    std::optional<StaffMember> m_member;
    Rights m_mine;
    QStringList m_codes;
    QList<Column> m_all;
    QList<Column> m_columns;
    QString m_words;
    QList<StaffRight> m_waiting;
};

} // namespace Branchline
