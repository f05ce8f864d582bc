// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/desk/desksession.h"
#include "tests/support/faultlibrary.h"

namespace Branchline {

/// One desk behind the proxies of a FaultLibrary, and everything that staff were shown there.
class FaultDesk final
{
public:
    using Mode = DeskSession::Mode;

    /// With a journal the desk begins with what an earlier one has left in it.
    FaultDesk(FaultLibrary &library, const BranchEntry &branch, std::optional<ClusterConfig> config = {},
              ScanJournal *journal = nullptr);
    ~FaultDesk();
    Q_DISABLE_COPY_MOVE(FaultDesk)

    [[nodiscard]] Cluster &cluster() { return *m_cluster; }
    [[nodiscard]] ChangeFeed &feed() { return *m_feed; }
    [[nodiscard]] DeskSession &session() { return *m_session; }
    /// Scans a patron's card and waits until the patron is known. False when that takes longer than 15 s.
    [[nodiscard]] bool takeCard(const QString &card);
    void scan(Mode mode, const QString &barcode);
    /// Lends a copy of the database, for the patron with the card (empty: who stands here), while every
    /// answer is lost: the loan stands, and the row is "being checked" until the proxy is healed. False when
    /// it does not come to that.
    [[nodiscard]] bool lendUnknown(const QString &card, const QString &barcode, const QString &database);
    /// Waits until the newest scan of a barcode is in a state. False when that takes longer than 20 s.
    [[nodiscard]] bool waitFor(Mode mode, const QString &barcode, ScanState state);
    /// Waits until something matching `pattern` was shown for a barcode; the milliseconds since it was
    /// scanned, or -1 after `mostMs` (more on a busy machine: withRoom()).
    [[nodiscard]] qint64 waitForWords(const QString &barcode, const QString &pattern, int mostMs);
    /// Milliseconds from the scan to the last change of its row.
    [[nodiscard]] qint64 settledAfter(const QString &barcode) const;
    /// What the rows of a barcode have said since its last scan, in order, without repetitions: the status
    /// word and its lines.
    [[nodiscard]] QStringList said(const QString &barcode) const { return m_said.value(barcode); }
    [[nodiscard]] QList<ScanState> states(const QString &barcode) const { return m_states.value(barcode); }
    [[nodiscard]] const ScanRow *row(Mode mode, const QString &barcode);
    /// Everything that was said, for the message of a failed comparison.
    [[nodiscard]] QByteArray text(const QString &barcode) const;

private:
    void note(Mode mode);

    FaultLibrary &m_library;
    std::unique_ptr<Cluster> m_cluster;
    std::unique_ptr<ChangeFeed> m_feed;
    std::unique_ptr<DeskSession> m_session;
    QHash<QString, QStringList> m_said;
    QHash<QString, QList<ScanState>> m_states;
    QHash<QString, QElapsedTimer> m_scanned;
    QHash<QString, qint64> m_settled;
};

} // namespace Branchline
