// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronrecord.h"

#include "models/watch.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace Branchline {

PatronRecordSession::PatronRecordSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_renewals(cluster)
    , m_watch(feed)
{
    m_minute.setInterval(1min);
    connect(&m_minute, &QTimer::timeout, this, &PatronRecordSession::readAllLoans);
    m_watch.setAbout([this] { return QSet<QUuid>{m_patron}; });
    connect(&m_watch, &ChangeWatch::heard, this, &PatronRecordSession::heard);
    connect(&m_watch, &ChangeWatch::silent, this, [this](const QString &shard) {
        if (shard.isEmpty() && m_state == State::Ready)
            readPerson();
        else if (!shard.isEmpty() && m_loansAsOf.isValid() && !m_missing.contains(shard))
            readAllLoans();
    });
    connect(&m_loans, &PatronLoanModel::marksChanged, this, &PatronRecordSession::marksChanged);
    connect(&m_renewals, &Renewals::answered, this, [this](const QString &barcode) {
        m_loans.setProblem(barcode, Renewals::problem(m_renewals.answers().back()));
        Q_EMIT renewalsChanged();
    });
    connect(&m_renewals, &Renewals::finished, this, [this] {
        m_loans.clearMarks();
        Q_EMIT renewalsChanged();
        refresh();
    });
}

void PatronRecordSession::open(const QUuid &patron)
{
    if (patron == m_patron)
        return refresh();
    close();
    m_patron = patron;
    m_state = State::Loading;
    Q_EMIT changed();
    watchChanges();
    refresh();
}

void PatronRecordSession::close()
{
    ++m_generation; // answers under way are of somebody else
    m_person = m_open = m_returned = {};
    m_patron = {};
    m_state = State::Closed;
    m_detail.reset();
    m_error.reset();
    m_loansAsOf = {};
    m_missing.clear();
    m_loans.clear();
    m_history.clear();
    watchChanges();
    Q_EMIT changed();
}

void PatronRecordSession::setOnScreen(bool onScreen)
{
    if (std::exchange(m_isOnScreen, onScreen) == onScreen)
        return;
    watchChanges();
    if (onScreen)
        refresh();
}

void PatronRecordSession::watchChanges()
{
    const bool isShown = m_isOnScreen && !m_patron.isNull();
    m_watch.setInterest({.main = isShown, .allShards = isShown});
    if (!isShown)
        m_minute.stop();
    else
        m_minute.start();
}

void PatronRecordSession::heard(const QString &shard, const Changes &changes)
{
    if (shard.isEmpty()) {
        if (changes.concerns(ChangeKind::Patrons, {m_patron}) || m_error)
            readPerson();
    } else if (changes.concerns(ChangeKind::Loans, {m_patron}) || m_missing.contains(shard)) {
        readAllLoans();
    }
}

/// Notes the wish to read and says whether it can be asked for now.
bool PatronRecordSession::mayRead(Reading &reading)
{
    reading.again = reading.isAsked;
    return !std::exchange(reading.isAsked, true);
}

/// The answer has come: whether it was wished for once more meanwhile.
bool PatronRecordSession::isWishedAgain(Reading &reading)
{
    reading.isAsked = false;
    return std::exchange(reading.again, false);
}

void PatronRecordSession::refresh()
{
    if (m_patron.isNull())
        return;
    readPerson();
    readAllLoans();
}

void PatronRecordSession::readAllLoans()
{
    readLoans(false);
    readLoans(true);
}

void PatronRecordSession::readPerson()
{
    if (!mayRead(m_person))
        return;
    watch(readPatron(m_cluster, m_patron), this,
          [this, generation = m_generation](const Result<std::optional<PatronDetail>> &detail) {
              if (generation != m_generation)
                  return;
              if (isWishedAgain(m_person))
                  readPerson();
              if (!detail) {
                  m_error = detail.error();
                  m_state = m_detail ? State::Stale : State::Failed;
              } else {
                  m_error.reset();
                  m_detail = *detail;
                  m_state = m_detail ? State::Ready : State::Gone;
              }
              Q_EMIT changed();
          });
}

void PatronRecordSession::readLoans(bool returned)
{
    Reading &reading = returned ? m_returned : m_open;
    if (!mayRead(reading))
        return;
    watch(patronLoans(m_cluster, m_patron, returned), this,
          [this, returned, &reading,
           generation = m_generation](const Combined<std::vector<PatronLoan>> &answers) {
              if (generation != m_generation)
                  return;
              if (isWishedAgain(reading))
                  readLoans(returned);
              (returned ? m_history : m_loans).setLoans(combinedLoans(answers), *m_cluster.directory());
              if (!returned) {
                  m_shardsTotal = answers.total();
                  m_missing = answers.missing();
                  m_loansAsOf = answers.asOf.toLocalTime();
              }
              Q_EMIT changed();
          });
}

int PatronRecordSession::overdue() const
{
    return static_cast<int>(std::count_if(m_loans.loans().begin(), m_loans.loans().end(),
                                          [](const PatronLoan &loan) { return loan.lateDays > 0; }));
}

void PatronRecordSession::renewMarked()
{
    renew(m_loans.marked());
}

void PatronRecordSession::renewAll()
{
    renew(m_loans.loans());
}

void PatronRecordSession::renew(const std::vector<PatronLoan> &loans)
{
    QStringList barcodes;
    for (const PatronLoan &loan : loans)
        barcodes << loan.barcode;
    m_renewals.start(m_desk, barcodes);
    Q_EMIT renewalsChanged();
}

void PatronRecordSession::endBlock(const QUuid &block)
{
    watch(Branchline::endBlock(m_cluster, block), this, [this](const Result<Done> &done) {
        if (!done)
            Q_EMIT refused(done.error());
        refresh();
    });
}

} // namespace Branchline
