// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronrecord.h"

#include "models/watch.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace Branchline {

PatronRecordSession::PatronRecordSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_renewals(cluster)
{
    m_timer.setInterval(1500ms);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_pending == 0)
            refresh();
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
    refresh();
}

void PatronRecordSession::close()
{
    ++m_generation; // answers under way are of somebody else
    m_pending = 0;
    m_patron = {};
    m_state = State::Closed;
    m_detail.reset();
    m_error.reset();
    m_loansAsOf = {};
    m_missing.clear();
    m_loans.clear();
    m_history.clear();
    Q_EMIT changed();
}

void PatronRecordSession::setOnScreen(bool onScreen)
{
    if (!onScreen)
        return m_timer.stop();
    m_timer.start();
    refresh();
}

void PatronRecordSession::refresh()
{
    if (m_patron.isNull())
        return;
    readPerson();
    readLoans(false);
    readLoans(true);
}

void PatronRecordSession::readPerson()
{
    ++m_pending;
    watch(readPatron(m_cluster, m_patron), this,
          [this, generation = m_generation](const Result<std::optional<PatronDetail>> &detail) {
              if (generation != m_generation)
                  return;
              --m_pending;
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
    ++m_pending;
    watch(patronLoans(m_cluster, m_patron, returned), this,
          [this, returned, generation = m_generation](const Combined<std::vector<PatronLoan>> &answers) {
              if (generation != m_generation)
                  return;
              --m_pending;
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
