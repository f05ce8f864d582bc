// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/deskpage.h"

#include "models/catalogue/copymodel.h"
#include "models/desk/reasontext.h"
#include "models/desk/scantext.h"
#include "models/texts.h"
#include "ui/desk/barcodetext.h"
#include "ui/widgets/messagebar.h"

#include <QAction>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

DeskSession::Mode modelMode(DeskView::Mode mode)
{
    return mode == DeskView::Mode::CheckOut  ? DeskSession::Mode::CheckOut
           : mode == DeskView::Mode::CheckIn ? DeskSession::Mode::CheckIn
                                             : DeskSession::Mode::Renew;
}

} // namespace

DeskPage::DeskPage(const QString &card, bool keepsScans, QObject *parent)
    : PageController(parent)
    , m_card(card)
    , m_view(new DeskView)
    , m_keepsScans(keepsScans)
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

void DeskPage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_cluster = &cluster;
    if (m_keepsScans)
        m_journal = std::make_unique<ScanJournal>(ScanJournal::folderFor(cluster.config().main));
    m_session = std::make_unique<DeskSession>(cluster, feed, m_journal.get());
    m_view->setScanModel(DeskView::Mode::CheckOut, m_session->scans(DeskSession::Mode::CheckOut));
    m_view->setScanModel(DeskView::Mode::CheckIn, m_session->scans(DeskSession::Mode::CheckIn));
    m_view->setScanModel(DeskView::Mode::Renew, m_session->scans(DeskSession::Mode::Renew));
    m_view->setLastScansModel(m_session->lastScans());
    m_session->setAsksForDecisions(true);
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
    connect(m_view, &DeskView::undoRequested, session,
            [session](const QString &id) { session->undo(QUuid(id)); });
    connect(m_view, &DeskView::endRequested, session,
            [session](const QString &id) { session->end(QUuid(id)); });

    connect(m_view, &DeskView::overrideRequested, session, &DeskSession::overrideRefusal);
    connect(m_view, &DeskView::overrideDeclined, session, &DeskSession::declineOverride);
    connect(session, &DeskSession::decisionChanged, this, &DeskPage::showDecision);

    connect(session, &DeskSession::patronChanged, this, &DeskPage::showPatron);
    connect(session, &DeskSession::dueChanged, this,
            [this] { m_view->setDueDate(m_session->dueDate(), m_session->dueRule()); });
    connect(session, &DeskSession::returned, this, &DeskPage::showResult);
    connect(session, &DeskSession::countsChanged, this, &DeskPage::showCounts);
    connect(session, &DeskSession::keptChanged, this, &DeskPage::showKept);
    connect(session, &DeskSession::restored, this, &DeskPage::showRestored);
}

void DeskPage::setBranch(const BranchEntry &branch)
{
    const bool isFirst = m_session->branch().id.isNull();
    m_session->setBranch(branch);
    m_view->setBranchName(branch.name);
    showRefusal();
    if (isFirst)
        m_session->restore(); // before anything is scanned
    showKept();
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
                      .lastKnown = m_isOffline,
                      .overdue = patron->overdue};
    if (!patron->active)
        facts.blocked = tr("Account closed");
    else if (patron->expiresOn.isValid() && patron->expiresOn < QDate::currentDate())
        facts.blocked = tr("Expired on %1").arg(locale.toString(patron->expiresOn, u"d MMM yyyy"_s));
    m_view->setPatron(facts);
}

void DeskPage::setOffline(bool offline)
{
    m_view->setOffline(offline);
    if (std::exchange(m_isOffline, offline) != offline && m_session)
        showPatron(); // its figures are those of before, or not any more
}

void DeskPage::showResult()
{
    const auto &answer = m_session->lastReturn();
    if (!answer) {
        m_view->setResult(std::nullopt);
        return;
    }
    const QString barcode = spacedBarcode(answer->barcode);
    const ScanRow *row = m_session->scans(DeskSession::Mode::CheckIn)->find(answer->requestId);
    CheckInResult result{.title = answer->title.isEmpty() ? tr("Copy %1").arg(barcode) : answer->title,
                         .subline = answer->authorLine.isEmpty() ? barcode
                                                                 : answer->authorLine + u" · "_s + barcode};
    if (answer->outcome == Outcome::Returned) {
        const QString place = placeText(answer->place);
        const BranchEntry *owner = m_cluster->directory()->branch(answer->copyBranch);
        const bool isHome = answer->copyBranch == m_session->lastReturnDesk();
        result.canUndo = row && row->canUndo;
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
        const QDate due = dateAt(answer->dueAt, answer->lendingBranch, *m_cluster->directory());
        result.timelinessDetail = tr("Was due %1").arg(QLocale().toString(due, u"ddd d MMM"_s));
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
                       .failed = counts.failed,
                       .renewed = counts.renewed,
                       .undone = counts.undone});
    showResult();
}

void DeskPage::showKept()
{
    if (m_session->decision())
        showDecision(); // one more scan waits for it
    const int kept = m_session->kept();
    if (!m_keepsScans)
        Q_EMIT keptTextChanged({});
    else if (!m_session->isKept())
        Q_EMIT keptTextChanged(tr("Scans cannot be kept on this desk: its disk refuses them"));
    else if (kept == 0)
        Q_EMIT keptTextChanged(tr("All scans saved"));
    else
        Q_EMIT keptTextChanged(kept == 1 ? tr("1 scan kept on this desk until answered")
                                         : tr("%1 scans kept on this desk until answered").arg(kept));
    if (kept == 0 && !m_afterSending.isEmpty())
        showSent();
}

void DeskPage::showRestored(int scans)
{
    if (scans == 0)
        return;
    sending(tr("The scans of the last session were sent."), scans);
    messages()->showMessage(MessageBar::Kind::Info,
                            scans == 1
                                ? tr("1 scan of the last session was kept on this desk.")
                                : tr("%1 scans of the last session were kept on this desk.").arg(scans),
                            tr("They are being sent in their order; none is done twice."));
}

void DeskPage::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    showRefusal();
    showDecision();
}

void DeskPage::showRefusal()
{
    m_view->setRefusal(m_permissions.refusal("desk"_L1, m_session->branch(), tr("lend or take back books")));
}

void DeskPage::showDecision()
{
    const auto &decision = m_session->decision();
    if (!decision)
        return m_view->setDecision(std::nullopt, 0);
    const CirculationAnswer &answer = decision->answer;
    const auto &patron = m_session->patron();
    const QString copy = spacedBarcode(decision->scan.barcode);
    const QString title = answer.title.isEmpty() ? tr("Copy %1").arg(copy) : answer.title;
    const QString name = patron && patron->card == decision->scan.card
                             ? patron->displayName
                             : tr("card %1").arg(spacedBarcode(decision->scan.card));
    const auto count = static_cast<int>(answer.reasons.size());
    OverrideQuestion question{
        .id = decision->scan.requestId.toString(QUuid::WithoutBraces),
        .heading = count == 1 ? tr("%1 cannot be lent to %2").arg(title, name)
                              : tr("%1 cannot be lent to %2: %3 reasons").arg(title, name).arg(count),
        .subline = tr("Copy %1. Tick every reason you override.").arg(copy),
        .lines = {}};
    for (const Reason &reason : answer.reasons)
        question.lines << lineOf(reason, answer.rule, decision->scan.deskBranch);
    m_view->setDecision(question, m_session->waitingForDecision());
}

/// The shard writes a limit as "10 of 10 on loan (Adult, Hillside; rule 12).".
OverrideLine DeskPage::lineOf(const Reason &reason, const QString &rule, const QUuid &desk) const
{
    static const QRegularExpression parts(u"^(.*) \\((?:(.*); )?rule (\\d+)\\)\\.$"_s);
    OverrideLine line{
        .code = reason.code, .title = reasonText(reason), .explanation = {}, .rule = {}, .refusal = {}};
    QString number = rule;
    if (const auto match = parts.match(line.title); match.hasMatch()) {
        line.title = match.captured(1);
        line.explanation = match.captured(2).isEmpty()
                               ? tr("The limit of the whole library. This copy would be one more.")
                               : tr("The limit for %1. This copy would be one more.").arg(match.captured(2));
        number = match.captured(3);
    }
    line.rule = number.isEmpty() ? QString() : tr("Rule %1").arg(number);
    const QByteArray right = "override:" + reason.code.toLatin1();
    const BranchEntry *branch = m_cluster->directory()->branch(desk);
    if (branch && !m_permissions.refusal(QLatin1StringView(right), *branch, {}).isEmpty())
        line.refusal = tr("You may not lend beyond the limit at %1. A colleague with that right can sign in "
                          "(menu: Sign out) and lend it.")
                           .arg(branch->name);
    return line;
}

void DeskPage::setOnScreen(bool onScreen)
{
    m_session->setOnScreen(onScreen);
}

void DeskPage::recovered()
{
    if (m_session && m_session->kept() > 0)
        sending(tr("The kept scans were sent."), m_session->kept());
}

/// Remembers what is to be said when every scan that waits now has its answer.
void DeskPage::sending(const QString &afterwards, int scans)
{
    m_afterSending = afterwards;
    m_sending = scans;
    m_decidedBefore = toDecide();
}

/// Scans on the screen that somebody has to look at.
int DeskPage::toDecide() const
{
    int count = 0;
    for (const auto mode :
         {DeskSession::Mode::CheckOut, DeskSession::Mode::CheckIn, DeskSession::Mode::Renew}) {
        const ScanCounts counts = m_session->scans(mode)->counts();
        count += counts.refused + counts.failed;
    }
    return count;
}

/// Every scan that waited has its answer.
void DeskPage::showSent()
{
    const int open = std::max(0, toDecide() - m_decidedBefore);
    const int done = std::max(0, m_sending - open);
    messages()->showMessage(
        open > 0 ? MessageBar::Kind::Warning : MessageBar::Kind::Info, std::exchange(m_afterSending, {}),
        open > 0 ? tr("%1 done, %2 to decide: see the lists.").arg(done).arg(open) : tr("%1 done.").arg(done),
        {}, open == 0);
}

bool DeskPage::mayClose(const std::function<void()> &then)
{
    const int kept = m_session ? m_session->kept() : 0;
    if (kept <= m_leftBehind)
        return true;
    auto *close = new QAction(tr("Close"), messages());
    auto *stay = new QAction(tr("Stay"), messages());
    connect(close, &QAction::triggered, this, [this, then, kept] {
        m_leftBehind = kept;
        then();
    });
    connect(stay, &QAction::triggered, this, [this] {
        messages()->clear();
        m_view->focusScanBox();
    });
    messages()->showMessage(MessageBar::Kind::Warning,
                            kept == 1 ? tr("1 scan waits.") : tr("%1 scans wait.").arg(kept), whereScansGo(),
                            {stay, close});
    return false;
}

QString DeskPage::waiting() const
{
    const int kept = m_session ? m_session->kept() : 0;
    if (kept == 0)
        return {};
    return (kept == 1 ? tr("1 scan waits.") : tr("%1 scans wait.").arg(kept)) + u' ' + whereScansGo();
}

/// The journal of this workstation is per login: nobody sends in another person's name.
QString DeskPage::whereScansGo() const
{
    return m_session->isKept() ? tr("They are kept on this desk and sent when %1 signs in here again.")
                                     .arg(m_cluster->config().main.user())
                               : tr("They cannot be kept on this desk and are lost when it closes.");
}

} // namespace Branchline
