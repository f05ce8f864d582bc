// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/deskpage.h"

#include "models/catalogue/copymodel.h"
#include "models/desk/reasontext.h"
#include "ui/desk/barcodetext.h"

#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

DeskSession::Mode modelMode(DeskView::Mode mode)
{
    return mode == DeskView::Mode::CheckOut ? DeskSession::Mode::CheckOut : DeskSession::Mode::CheckIn;
}

QString initialsOf(const QString &name)
{
    QString initials;
    const QStringList words = name.split(u' ', Qt::SkipEmptyParts);
    if (!words.isEmpty())
        initials += words.first().at(0).toUpper();
    if (words.size() > 1)
        initials += words.last().at(0).toUpper();
    return initials;
}

} // namespace

DeskPage::DeskPage(Cluster &cluster, DeskView *view, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_view(view)
    , m_session(cluster)
{
    m_view->setScanModel(DeskView::Mode::CheckOut, m_session.scans(DeskSession::Mode::CheckOut));
    m_view->setScanModel(DeskView::Mode::CheckIn, m_session.scans(DeskSession::Mode::CheckIn));

    connect(m_view, &DeskView::scanned, this, [this](DeskView::Mode mode, const QString &text) {
        // Before the branch is known, the application keeps what is scanned.
        if (!m_session.branch().id.isNull())
            m_session.scan(modelMode(mode), text);
    });
    connect(m_view, &DeskView::doneRequested, this,
            [this](DeskView::Mode mode) { m_session.finish(modelMode(mode)); });
    connect(m_view, &DeskView::patronClosed, &m_session, &DeskSession::closePatron);
    connect(m_view, &DeskView::modeChanged, this, &DeskPage::showCounts);

    connect(&m_session, &DeskSession::patronChanged, this, &DeskPage::showPatron);
    connect(&m_session, &DeskSession::dueChanged, this,
            [this] { m_view->setDueDate(m_session.dueDate(), m_session.dueRule()); });
    connect(&m_session, &DeskSession::returned, this, &DeskPage::showResult);
    connect(&m_session, &DeskSession::countsChanged, this, &DeskPage::showCounts);
    showCounts();
}

void DeskPage::setBranch(const BranchEntry &branch)
{
    m_session.setBranch(branch);
    m_view->setBranchName(branch.name);
}

DeskSession::Mode DeskPage::mode() const
{
    return modelMode(m_view->mode());
}

void DeskPage::showPatron()
{
    const auto &patron = m_session.patron();
    if (!patron) {
        m_view->setPatron(std::nullopt);
        return;
    }
    const QLocale locale;
    QStringList line{tr("Card %1").arg(spacedBarcode(patron->card))};
    if (patron->expiresOn.isValid())
        line << tr("valid to %1").arg(locale.toString(patron->expiresOn, u"d MMM yyyy"_s));
    if (const BranchEntry *home = m_cluster.directory()->branch(patron->homeBranch))
        line << home->name;
    PatronFacts facts{.name = patron->displayName,
                      .initials = initialsOf(patron->displayName),
                      .type = patron->typeName,
                      .cardLine = line.join(u" · "_s),
                      .onLoan = patron->openLoans,
                      .loansComplete = m_session.patronIsComplete(),
                      .overdue = patron->overdue};
    if (!patron->active)
        facts.blocked = tr("Account closed");
    else if (patron->expiresOn.isValid() && patron->expiresOn < QDate::currentDate())
        facts.blocked = tr("Expired on %1").arg(locale.toString(patron->expiresOn, u"d MMM yyyy"_s));
    m_view->setPatron(facts);
}

void DeskPage::showResult()
{
    const auto &answer = m_session.lastReturn();
    if (!answer) {
        m_view->setResult(std::nullopt);
        return;
    }
    const QString barcode = spacedBarcode(answer->barcode);
    CheckInResult result{.title = answer->title.isEmpty() ? tr("Copy %1").arg(barcode) : answer->title,
                         .subline = answer->authorLine.isEmpty() ? barcode
                                                                 : answer->authorLine + u" · "_s + barcode};
    if (answer->outcome == Outcome::Returned) {
        const QString place = placeText(answer->place);
        const BranchEntry *owner = m_cluster.directory()->branch(answer->copyBranch);
        const bool isHome = answer->copyBranch == m_session.branch().id;
        result.status = isHome ? Status::Available : Status::Lent;
        result.iconName = isHome ? u"available"_s : u"truck"_s;
        if (isHome)
            result.headline = place.isEmpty() ? tr("Shelve here") : tr("Shelve here: %1").arg(place);
        else
            result.headline = tr("Send to %1").arg(owner ? owner->name : tr("its branch"));
        result.late = answer->lateDays > 0;
        result.timeliness = result.late ? (answer->lateDays == 1 ? tr("1 day late")
                                                                 : tr("%1 days late").arg(answer->lateDays))
                                        : tr("Returned on time");
        const QTimeZone zone(m_session.branch().timezone.toUtf8());
        result.timelinessDetail =
            tr("Was due %1")
                .arg(QLocale().toString(
                    answer->dueAt.toTimeZone(zone.isValid() ? zone : QTimeZone::utc()).date(),
                    u"ddd d MMM"_s));
    } else {
        result.status = Status::Refused;
        result.iconName = u"refused"_s;
        result.headline = answer->error                                      ? errorLine(*answer->error)
                          : answer->reasons.empty()                          ? tr("Refused")
                          : answer->reasons.front().code == "not_on_loan"_L1 ? tr("It was not on loan")
                          : answer->reasons.front().code == "unknown_barcode"_L1
                              ? tr("No copy has this barcode")
                              : reasonText(answer->reasons.front());
        result.timeliness = tr("Nothing was changed");
    }
    m_view->setResult(result);
}

void DeskPage::showCounts()
{
    const ScanCounts counts = m_session.scans(mode())->counts();
    m_view->setCounts({.scans = counts.scans,
                       .lent = counts.lent,
                       .returned = counts.returned,
                       .refused = counts.refused,
                       .unknown = counts.unknown,
                       .waiting = counts.waiting,
                       .failed = counts.failed});
}

} // namespace Branchline
