// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/busydesk.h"

using namespace Qt::StringLiterals;

namespace Branchline {

BusyDesk::BusyDesk(const PreparedLibrary &library, BranchEntry branch, QString card, QStringList barcodes)
    : m_branch(std::move(branch))
    , m_card(std::move(card))
    , m_barcodes(std::move(barcodes))
    , m_thread([this, &library] { run(library); })
{}

BusyDesk::~BusyDesk()
{
    m_isOver = true;
    m_thread.join();
}

void BusyDesk::run(const PreparedLibrary &library)
{
    const auto cluster = library.newCluster(u"busy desk"_s);
    for (int turn = 0; !m_isOver; ++turn) {
        const QString barcode = m_barcodes.at(turn / 2 % m_barcodes.size());
        const bool lends = turn % 2 == 0;
        const CirculationAnswer answer =
            lends ? await(checkOut(*cluster, {.deskBranch = m_branch.id, .barcode = barcode, .card = m_card}))
                  : await(checkIn(*cluster, {.deskBranch = m_branch.id, .barcode = barcode}));
        const std::scoped_lock lock(m_mutex);
        if (answer.outcome == (lends ? Outcome::Lent : Outcome::Returned))
            m_acknowledged << answer.requestId;
        else if (m_failure.isEmpty())
            m_failure = QString::fromUtf8(describe(answer));
    }
}

QList<QUuid> BusyDesk::acknowledged() const
{
    const std::scoped_lock lock(m_mutex);
    return m_acknowledged;
}

QString BusyDesk::failure() const
{
    const std::scoped_lock lock(m_mutex);
    return m_failure;
}

} // namespace Branchline
