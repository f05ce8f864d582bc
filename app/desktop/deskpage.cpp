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

DeskPage::DeskPage(const QString &card, QObject *parent)
    : PageController(parent)
    , m_card(card)
    , m_view(new DeskView)
{
    connect(m_view, &DeskView::scanned, this, [this](DeskView::Mode mode, const QString &text) {
        // Who scans while the library is still being opened loses nothing.
        if (m_session && !m_session->branch().id.isNull())
            m_session->scan(modelMode(mode), text);
        else
            m_earlyScans.emplace_back(mode, text);
    });
}

DeskPage::~DeskPage() = default;

void DeskPage::open(Cluster &cluster)
{
    m_cluster = &cluster;
    m_session = std::make_unique<DeskSession>(cluster);
    m_view->setScanModel(DeskView::Mode::CheckOut, m_session->scans(DeskSession::Mode::CheckOut));
    m_view->setScanModel(DeskView::Mode::CheckIn, m_session->scans(DeskSession::Mode::CheckIn));
    joinSession();
    showCounts();
}

void DeskPage::joinSession()
{
    DeskSession *session = m_session.get();
    connect(m_view, &DeskView::doneRequested, session,
            [session](DeskView::Mode mode) { session->finish(modelMode(mode)); });
    connect(m_view, &DeskView::patronClosed, session, &DeskSession::closePatron);
    connect(m_view, &DeskView::modeChanged, session, [this] { showCounts(); });

    connect(session, &DeskSession::patronChanged, this, &DeskPage::showPatron);
    connect(session, &DeskSession::dueChanged, this,
            [this] { m_view->setDueDate(m_session->dueDate(), m_session->dueRule()); });
    connect(session, &DeskSession::returned, this, &DeskPage::showResult);
    connect(session, &DeskSession::countsChanged, this, &DeskPage::showCounts);
}

void DeskPage::setBranch(const BranchEntry &branch)
{
    m_session->setBranch(branch);
    m_view->setBranchName(branch.name);
    if (const QString card = std::exchange(m_card, {}); !card.isEmpty())
        m_session->scan(DeskSession::Mode::CheckOut, card);
    for (const auto &[mode, text] : std::exchange(m_earlyScans, {}))
        m_session->scan(modelMode(mode), text);
}

bool DeskPage::isReady() const
{
    return m_session && !m_session->branch().id.isNull() &&
           m_session->scans(DeskSession::Mode::CheckOut)->counts().isSettled();
}

void DeskPage::setCheckIn(bool checkIn)
{
    m_view->setMode(checkIn ? DeskView::Mode::CheckIn : DeskView::Mode::CheckOut);
}

void DeskPage::lendTo(const QString &card)
{
    setCheckIn(false);
    Q_EMIT m_view->scanned(DeskView::Mode::CheckOut, card);
}

DeskSession::Mode DeskPage::mode() const
{
    return modelMode(m_view->mode());
}

void DeskPage::showPatron()
{
    const auto &patron = m_session->patron();
    if (!patron) {
        m_view->setPatron(std::nullopt);
        return;
    }
    const QLocale locale;
    QStringList line{tr("Card %1").arg(spacedBarcode(patron->card))};
    if (patron->expiresOn.isValid())
        line << tr("valid to %1").arg(locale.toString(patron->expiresOn, u"d MMM yyyy"_s));
    if (const BranchEntry *home = m_cluster->directory()->branch(patron->homeBranch))
        line << home->name;
    PatronFacts facts{.name = patron->displayName,
                      .initials = initialsOf(patron->displayName),
                      .type = patron->typeName,
                      .cardLine = line.join(u" · "_s),
                      .onLoan = patron->openLoans,
                      .loansComplete = m_session->patronIsComplete(),
                      .overdue = patron->overdue};
    if (!patron->active)
        facts.blocked = tr("Account closed");
    else if (patron->expiresOn.isValid() && patron->expiresOn < QDate::currentDate())
        facts.blocked = tr("Expired on %1").arg(locale.toString(patron->expiresOn, u"d MMM yyyy"_s));
    m_view->setPatron(facts);
}

void DeskPage::showResult()
{
    const auto &answer = m_session->lastReturn();
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
        const BranchEntry *owner = m_cluster->directory()->branch(answer->copyBranch);
        const bool isHome = answer->copyBranch == m_session->branch().id;
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
        const QTimeZone zone(m_session->branch().timezone.toUtf8());
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
    const ScanCounts counts = m_session->scans(mode())->counts();
    m_view->setCounts({.scans = counts.scans,
                       .lent = counts.lent,
                       .returned = counts.returned,
                       .refused = counts.refused,
                       .unknown = counts.unknown,
                       .waiting = counts.waiting,
                       .failed = counts.failed});
}

} // namespace Branchline
