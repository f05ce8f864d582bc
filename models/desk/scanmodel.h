// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"
#include "models/desk/scanjournal.h"
#include "models/roles.h"

#include <QAbstractListModel>
#include <QTime>

#include <vector>

namespace Branchline {

/// One scan of a visit.
struct ScanRow
{
    Scan scan; ///< what is sent; its request id identifies the row
    ScanState state = ScanState::Pending;
    QString title;
    QString subtitle;
    QString statusWord;
    QStringList statusDetail;
    QString place;
    QTime time;       ///< local time of the scan
    QUuid copyBranch; ///< the branch that owns the copy; null while it is not known
    bool canUndo = false;
    bool canEnd = false;    ///< it waits for something that a person has to put right, and need not
    bool isUndoing = false; ///< it was answered, and waits to be taken back
    bool isLate = false;    ///< came back after its due date
    bool isAway = false;    ///< came back at another branch than its own
};

/// How many scans of a visit are in which state.
struct ScanCounts
{
    int scans = 0;
    int lent = 0;
    int returned = 0;
    int refused = 0;
    int unknown = 0;
    int waiting = 0;
    int failed = 0;
    int renewed = 0;
    int undone = 0;

    /// Nothing waits and nothing is being checked.
    [[nodiscard]] bool isSettled() const { return waiting == 0 && unknown == 0; }
};

/// The scans of a visit, newest first; numbered in the order of scanning.
class ScanModel final : public QAbstractListModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanModel)

public:
    explicit ScanModel(QObject *parent = nullptr);

    void add(const ScanRow &row);
    /// Replaces the row with the same request id.
    void update(const ScanRow &row);
    /// Puts the row, which may have another request id, in the place of the one with this.
    void replace(const QUuid &requestId, const ScanRow &row);
    void remove(const QUuid &requestId);
    /// Drops the oldest rows beyond `most`, but none that waits for an answer.
    void keepNewest(int most);
    void clear();
    /// Oldest first.
    [[nodiscard]] const std::vector<ScanRow> &rows() const { return m_rows; }
    /// The newest row that can be undone, or null.
    [[nodiscard]] const ScanRow *newestToUndo() const;
    [[nodiscard]] const ScanRow *find(const QUuid &requestId) const;
    /// Whether this barcode waits or is under way: a second scan of it is the same one.
    [[nodiscard]] bool isOpen(const QString &barcode) const;
    [[nodiscard]] ScanCounts counts() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    [[nodiscard]] int positionOf(const QUuid &requestId) const;
    [[nodiscard]] static QString spokenText(const ScanRow &row);

    std::vector<ScanRow> m_rows; ///< oldest first
};

} // namespace Branchline
