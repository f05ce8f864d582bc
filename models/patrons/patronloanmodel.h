// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/patrondetail.h"

#include <QAbstractTableModel>
#include <QSet>

namespace Branchline {

/// The loans of one patron: open ones with a box to tick, or those that came back. GUI thread only.
class PatronLoanModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronLoanModel)

public:
    enum class Kind { Open, Returned };
    enum class Column { Mark, Title, Author, LentAt, Due, Returned, State, Renewed };

    explicit PatronLoanModel(Kind kind, QObject *parent = nullptr);

    /// Replaces the rows when they differ; ticks and problems stay with their loans.
    void setLoans(const std::vector<PatronLoan> &loans, const Directory &directory);
    [[nodiscard]] const std::vector<PatronLoan> &loans() const { return m_loans; }
    /// Why a loan was not renewed; an empty text takes that back.
    void setProblem(const QString &barcode, const QString &problem);
    void clear();

    [[nodiscard]] std::vector<PatronLoan> marked() const;
    void clearMarks();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    bool setHeaderData(int section, Qt::Orientation orientation, const QVariant &value, int role) override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

Q_SIGNALS:
    void marksChanged();

private:
    [[nodiscard]] QString text(const PatronLoan &loan, Column column) const;
    [[nodiscard]] QString stateText(const PatronLoan &loan) const;
    [[nodiscard]] int kindOf(const PatronLoan &loan) const;
    void showMarks();

    const Kind m_kind;
    const QList<Column> m_columns;
    std::vector<PatronLoan> m_loans;
    QHash<QUuid, QString> m_branchNames;
    QSet<QUuid> m_marked;
    QHash<QString, QString> m_problems; ///< by barcode
};

} // namespace Branchline
