// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultdesk.h"

#include "tests/support/calm.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int patience = 20'000;

} // namespace

FaultDesk::FaultDesk(FaultLibrary &library, const BranchEntry &branch, std::optional<ClusterConfig> config,
                     ScanJournal *journal)
    : m_library(library)
    , m_cluster(library.newCluster(u"fault desk"_s, std::move(config)))
    , m_feed(std::make_unique<ChangeFeed>(*m_cluster))
    , m_session(std::make_unique<DeskSession>(*m_cluster, *m_feed, journal))
{
    m_session->setBranch(branch);
    for (const Mode mode : {Mode::CheckOut, Mode::CheckIn, Mode::Renew}) {
        ScanModel *model = m_session->scans(mode);
        QObject::connect(model, &QAbstractItemModel::dataChanged, model, [this, mode] { note(mode); });
        QObject::connect(model, &QAbstractItemModel::rowsInserted, model, [this, mode] { note(mode); });
    }
    m_session->restore();
}

FaultDesk::~FaultDesk() = default;

void FaultDesk::note(Mode mode)
{
    for (const ScanRow &row : m_session->scans(mode)->rows()) {
        const QString &barcode = row.scan.barcode;
        const QString words = row.statusWord + ": "_L1 + row.statusDetail.join(u' ');
        QStringList &said = m_said[barcode];
        if (said.isEmpty() || said.last() != words) {
            said << words;
            if (m_scanned.contains(barcode))
                m_settled[barcode] = m_scanned[barcode].elapsed();
        }
        QList<ScanState> &states = m_states[barcode];
        if (states.isEmpty() || states.last() != row.state)
            states << row.state;
    }
}

bool FaultDesk::takeCard(const QString &card)
{
    m_session->scan(Mode::CheckOut, card);
    return QTest::qWaitFor([&] { return m_session->patron() && m_session->patron()->card == card; },
                           patience);
}

void FaultDesk::scan(Mode mode, const QString &barcode)
{
    m_said.remove(barcode);
    m_states.remove(barcode);
    m_settled.remove(barcode);
    m_scanned[barcode].start();
    m_session->scan(mode, barcode);
}

bool FaultDesk::lendUnknown(const QString &card, const QString &barcode, const QString &database)
{
    const auto loans = [&] {
        return m_library.library().value(database, u"SELECT count(*) FROM book_lending"_s).toInt();
    };
    const int before = loans();
    if (!card.isEmpty() && !takeCard(card))
        return false;
    m_library.proxy(database).cutCall(
        {.call = "public.checkout(", .point = TcpProxy::CutPoint::BeforeAnswer, .times = 1'000'000});
    scan(Mode::CheckOut, barcode);
    // Cut off, the server still finishes what it was sent.
    return waitFor(Mode::CheckOut, barcode, ScanState::Unknown) &&
           QTest::qWaitFor([&] { return loans() == before + 1; }, patience);
}

const ScanRow *FaultDesk::row(Mode mode, const QString &barcode)
{
    const std::vector<ScanRow> &rows = m_session->scans(mode)->rows();
    const auto at = std::find_if(rows.rbegin(), rows.rend(),
                                 [&](const ScanRow &row) { return row.scan.barcode == barcode; });
    return at == rows.rend() ? nullptr : &*at;
}

bool FaultDesk::waitFor(Mode mode, const QString &barcode, ScanState state)
{
    return QTest::qWaitFor([&] { return row(mode, barcode) && row(mode, barcode)->state == state; },
                           patience);
}

qint64 FaultDesk::waitForWords(const QString &barcode, const QString &pattern, int mostMs)
{
    const QRegularExpression wanted(pattern);
    const bool isShown = QTest::qWaitFor([&] { return !said(barcode).filter(wanted).isEmpty(); },
                                         static_cast<int>(withRoom(mostMs)));
    return isShown ? m_scanned.value(barcode).elapsed() : -1;
}

qint64 FaultDesk::settledAfter(const QString &barcode) const
{
    return m_settled.value(barcode, -1);
}

QByteArray FaultDesk::text(const QString &barcode) const
{
    return said(barcode).join(" | "_L1).toUtf8();
}

} // namespace Branchline
