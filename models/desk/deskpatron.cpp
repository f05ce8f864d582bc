// SPDX-License-Identifier: GPL-3.0-or-later
//
// The patron of DeskSession: who stands at the desk, and whose figures are shown.
#include "models/desk/desksession.h"

#include "models/watch.h"

#include <algorithm>

namespace Branchline {

/// Whether a scan made now is for the patron at the desk, whatever the scans that wait turn out to be.
bool DeskSession::isCardKnown() const
{
    return m_patron && std::none_of(m_queue.begin(), m_queue.end(),
                                    [](const Job &job) { return job.mode == Mode::CheckOut; });
}

void DeskSession::closePatron()
{
    // Scans that still wait were made for this patron: they are lent first.
    const bool isWaiting = std::any_of(m_queue.begin(), m_queue.end(),
                                       [](const Job &job) { return job.mode == Mode::CheckOut; });
    if (isWaiting)
        enqueue({Job::Kind::ClosePatron, Mode::CheckOut, {}, newUuid()});
    else
        usePatron({}, {});
}

void DeskSession::usePatron(const std::optional<PatronAtDesk> &patron, const QStringList &missing)
{
    m_patron = patron;
    m_patronMissing = missing;
    watchPatron();
    m_dueDate.clear();
    m_dueRule.clear();
    if (m_journal)
        m_journal->setPatron(patron ? patron->card : QString());
    Q_EMIT patronChanged();
    Q_EMIT dueChanged();
}

void DeskSession::setOnScreen(bool onScreen)
{
    if (std::exchange(m_isOnScreen, onScreen) == onScreen)
        return;
    watchPatron();
    if (onScreen)
        refreshPatron();
}

void DeskSession::watchPatron()
{
    m_watch.setInterest({.allShards = m_isOnScreen && m_patron});
}

void DeskSession::heard(const QString &shard, const Changes &changes)
{
    if (!m_patron)
        return;
    const QSet<QUuid> patron{m_patron->id};
    if (changes.concerns(ChangeKind::Loans, patron) || changes.concerns(ChangeKind::Patrons, patron) ||
        m_patronMissing.contains(shard))
        refreshPatron();
}

void DeskSession::refreshPatron()
{
    m_isPatronAskedAgain = m_isPatronAsked;
    if (!m_patron || std::exchange(m_isPatronAsked, true))
        return;
    watch(patronAtDesk(m_cluster, m_patron->card), this,
          [this, card = m_patron->card](const Combined<std::optional<PatronAtDesk>> &answers) {
              m_isPatronAsked = false;
              const auto patron = combinedPatron(answers);
              if (patron && m_patron && m_patron->card == card) {
                  m_patron = patron;
                  m_patronMissing = answers.missing();
                  Q_EMIT patronChanged();
              }
              if (std::exchange(m_isPatronAskedAgain, false))
                  refreshPatron();
          });
}

} // namespace Branchline
