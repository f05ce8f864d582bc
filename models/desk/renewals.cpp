// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/renewals.h"

#include "models/desk/reasontext.h"
#include "models/watch.h"

#include <QLocale>

#include <algorithm>

namespace Branchline {

namespace {

constexpr int mostRepeats = 3;

} // namespace

Renewals::Renewals(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{}

void Renewals::start(const BranchEntry &desk, const QStringList &barcodes)
{
    if (isRunning() || barcodes.isEmpty())
        return;
    m_desk = desk;
    m_barcodes = barcodes;
    m_answers.clear();
    m_next = 0;
    m_repeats = 0;
    m_request = newUuid();
    sendNext();
}

void Renewals::sendNext()
{
    const Scan scan{.requestId = m_request, .deskBranch = m_desk.id, .barcode = m_barcodes.at(m_next)};
    watch(renew(m_cluster, scan), this, [this](const CirculationAnswer &answer) {
        if (answer.outcome == Outcome::Unknown && m_repeats++ < mostRepeats)
            return sendNext(); // with the same request id
        m_answers.push_back(answer);
        ++m_next;
        m_repeats = 0;
        m_request = newUuid();
        Q_EMIT answered(answer.barcode);
        if (isRunning())
            sendNext();
        else
            Q_EMIT finished();
    });
}

int Renewals::renewed() const
{
    return static_cast<int>(
        std::count_if(m_answers.begin(), m_answers.end(),
                      [](const CirculationAnswer &answer) { return answer.outcome == Outcome::Renewed; }));
}

QString Renewals::problem(const CirculationAnswer &answer)
{
    if (answer.outcome == Outcome::Renewed)
        return {};
    if (answer.error)
        return errorLine(*answer.error);
    return answer.reasons.empty() ? tr("The loan was not renewed. Try again.")
                                  : reasonText(answer.reasons.front());
}

QString Renewals::summary() const
{
    const QLocale locale;
    if (renewed() == count())
        return count() == 1 ? tr("1 loan renewed.") : tr("%1 loans renewed.").arg(locale.toString(count()));
    return tr("%1 of %2 loans renewed.").arg(locale.toString(renewed()), locale.toString(count()));
}

} // namespace Branchline
