// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/patronspage.h"

#include "db/patrons/patrons.h"
#include "models/desk/reasontext.h"
#include "models/roles.h"
#include "models/texts.h"
#include "models/watch.h"
#include "ui/patrons/patronrecordview.h"
#include "ui/widgets/messagebar.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString longDay(const QDate &date)
{
    return QLocale().toString(date, u"d MMM yyyy"_s);
}

BlockFacts blockFacts(const PatronDetail::Block &block)
{
    const QDate set = block.setAt.toLocalTime().date();
    return {.id = block.id.toString(QUuid::WithoutBraces),
            .title = block.until.isValid()
                         ? PatronsPage::tr("Blocked until %1")
                               .arg(QLocale().toString(block.until.toLocalTime().date(), u"ddd d MMM"_s))
                         : PatronsPage::tr("Blocked"),
            .reason = block.reason,
            .setLine = block.setBy.isEmpty()
                           ? QString()
                           : PatronsPage::tr("Set by %1, %2").arg(block.setBy, longDay(set))};
}

} // namespace

PatronsPage::PatronsPage(const QString &card, QObject *parent)
    : PageController(parent)
    , m_card(card)
    , m_view(new PatronsView)
{}

PatronsPage::~PatronsPage() = default;

void PatronsPage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_cluster = &cluster;
    m_list = std::make_unique<PatronsSession>(cluster, feed);
    m_record = std::make_unique<PatronRecordSession>(cluster, feed);
    joinList();
    joinRecord();
}

void PatronsPage::joinList()
{
    m_view->setListModel(m_list->model());
    connect(m_list.get(), &PatronsSession::listChanged, this, &PatronsPage::showList);
    connect(m_view, &PatronsView::wordsEdited, m_list.get(), &PatronsSession::search);
    connect(m_view, &PatronsView::rowOpened, this, [this](int row) {
        if (m_list->model()->isLoaded(row))
            openPatron(m_list->model()->value(row, "id").toString());
    });
    connect(m_view, &PatronsView::registerRequested, this, &PatronsPage::registerPatronRequested);
    connect(m_view, &PatronsView::retryRequested, this, &PatronsPage::recovered);
}

void PatronsPage::joinRecord()
{
    PatronRecordSession *record = m_record.get();
    m_view->setLoanModels(record->loans(), record->history());
    connect(record, &PatronRecordSession::changed, this, &PatronsPage::showRecord);
    connect(record, &PatronRecordSession::marksChanged, this, &PatronsPage::showMarks);
    connect(record, &PatronRecordSession::renewalsChanged, this, &PatronsPage::showRenewals);
    connect(record, &PatronRecordSession::refused, this, [this](const DbError &error) {
        m_view->messages()->showMessage(MessageBar::Kind::Error, error.message, error.hint);
    });
    connect(m_view, &PatronsView::recordClosed, record, &PatronRecordSession::close);
    connect(m_view, &PatronsView::editRequested, this,
            [this, record] { Q_EMIT editPatronRequested(record->patron().toString(QUuid::WithoutBraces)); });
    connect(m_view, &PatronsView::lendRequested, this, [this, record] {
        if (record->detail() && !record->detail()->card().isEmpty())
            Q_EMIT lendRequested(record->detail()->card());
    });
    connect(m_view, &PatronsView::renewRequested, record, &PatronRecordSession::renewMarked);
    connect(m_view, &PatronsView::renewAllRequested, record, &PatronRecordSession::renewAll);
    connect(m_view, &PatronsView::marksCleared, record->loans(), &PatronLoanModel::clearMarks);
    const auto openBook = [this](PatronLoanModel *model) {
        return [this, model](int row) {
            if (row >= 0 && row < model->rowCount())
                Q_EMIT bookOpened(
                    model->loans().at(static_cast<size_t>(row)).book.toString(QUuid::WithoutBraces));
        };
    };
    connect(m_view->record(), &PatronRecordView::loanOpened, this, openBook(record->loans()));
    connect(m_view->record(), &PatronRecordView::returnedOpened, this, openBook(record->history()));
    connect(m_view->record(), &PatronRecordView::endBlockRequested, record,
            [record](const QString &id) { record->endBlock(QUuid(id)); });
}

void PatronsPage::setBranch(const BranchEntry &branch)
{
    m_branch = branch;
    m_record->setDesk(branch);
    showRefusals();
    if (!m_card.isEmpty())
        openCard();
}

void PatronsPage::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    showRefusals();
    if (m_record->state() != PatronRecordSession::State::Closed)
        m_record->refresh(); // other contact data may be shown, or none
}

void PatronsPage::showRefusals()
{
    PatronRefusals refusals{.registering =
                                m_permissions.refusalAnywhere("patrons"_L1, tr("register patrons"))};
    if (!m_branch.id.isNull()) {
        refusals.lending = m_permissions.refusal("desk"_L1, m_branch, tr("lend books"));
        refusals.renewing = m_permissions.refusal("desk"_L1, m_branch, tr("renew loans"));
    }
    if (const auto &patron = m_record->detail()) {
        const BranchEntry home{.id = patron->homeBranch, .name = patron->branchName};
        refusals.editing = m_permissions.refusal("patrons"_L1, home, tr("edit patrons"));
    }
    m_view->setRefusals(refusals);
}

void PatronsPage::openCard()
{
    watch(findPatron(*m_cluster, std::exchange(m_card, {})), this,
          [this](const Result<std::optional<Patron>> &patron) {
              if (patron && *patron)
                  openPatron((*patron)->id.toString(QUuid::WithoutBraces));
          });
}

void PatronsPage::setOnScreen(bool onScreen)
{
    m_list->setOnScreen(onScreen);
    m_record->setOnScreen(onScreen);
}

void PatronsPage::recovered()
{
    m_list->refresh();
    m_record->refresh();
}

bool PatronsPage::isReady() const
{
    if (!m_record || !m_card.isEmpty())
        return false;
    if (m_record->state() != PatronRecordSession::State::Closed)
        return m_record->isReady();
    return m_list->model()->state() != PagedModel::State::Empty &&
           m_list->model()->state() != PagedModel::State::Loading;
}

void PatronsPage::openPatron(const QString &id)
{
    m_view->openRecord();
    m_record->open(QUuid(id));
}

void PatronsPage::showList()
{
    const PatronListModel *model = m_list->model();
    PatronListNote note{.words = model->words(),
                        .count = model->rowCount(),
                        .isCountKnown = model->isCountKnown(),
                        .asOf = clockText(model->asOf())};
    if (const auto &error = model->error()) {
        if (!isSilence(*error)) {
            note.error = error->message;
            note.hint = error->hint;
        }
    }
    auto state = PatronListState::Loading;
    if (model->state() == PagedModel::State::Ready)
        state = note.count > 0 ? PatronListState::Ready : PatronListState::Empty;
    else if (model->state() == PagedModel::State::Failed)
        state = PatronListState::Failed;
    else if (model->state() == PagedModel::State::Stale)
        state = PatronListState::Stale;
    m_view->setListState(state, note);
}

QString PatronsPage::loansLine() const
{
    const auto &loans = m_record->loans()->loans();
    if (loans.empty())
        return {};
    QSet<QUuid> branches;
    QSet<QString> shards;
    for (const PatronLoan &loan : loans) {
        branches << loan.branch;
        shards << loan.shard;
    }
    const QLocale locale;
    const auto count = [&locale](qsizetype number, const QString &one, const QString &many) {
        return number == 1 ? one : many.arg(locale.toString(number));
    };
    return tr("%1 in %2 on %3.")
        .arg(count(static_cast<qsizetype>(loans.size()), tr("1 loan"), tr("%1 loans")),
             count(branches.size(), tr("1 branch"), tr("%1 branches")),
             count(shards.size(), tr("1 shard"), tr("%1 shards")));
}

RecordFacts PatronsPage::facts() const
{
    const PatronDetail &patron = *m_record->detail();
    const QLocale locale;
    QStringList line{patron.card().isEmpty() ? tr("No card") : tr("Card %1").arg(spacedCard(patron.card()))};
    if (patron.expiresOn.isValid())
        line << tr("valid to %1").arg(longDay(patron.expiresOn));
    line << patron.branchName;
    if (patron.bornOn.isValid())
        line << tr("born %1").arg(patron.bornOn.year());
    const bool isBlocked = !patron.blocks.empty();
    const PatronState state = patronState(patron.active, patron.expiresOn, isBlocked,
                                          isBlocked ? patron.blocks.front().until : QDateTime());
    const QStringList &missing = m_record->shardsMissing();
    const int total = m_record->shardsTotal();
    const int answered = total - static_cast<int>(missing.size());
    const bool known = m_record->loansAsOf().isValid();
    RecordFacts facts{.name = patron.displayName,
                      .initials = initialsOf(patron.displayName),
                      .type = patron.typeName,
                      .state = state.text,
                      .stateKind = state.kind,
                      .cardLine = line.join(u" · "_s),
                      .onLoan = m_record->loans()->rowCount(),
                      .overdue = m_record->overdue(),
                      .loansComplete = missing.isEmpty(),
                      .loansKnown = known,
                      .loansLine = loansLine(),
                      .missing = missing,
                      .answered = answered,
                      .total = total,
                      .returned = m_record->history()->rowCount()};
    if (known && missing.isEmpty())
        facts.coverage = tr("%1 of %1 shards, live").arg(locale.toString(total));
    else if (known)
        facts.coverage =
            tr("%1 of %2 shards, as of %3")
                .arg(locale.toString(answered), locale.toString(total), clockText(m_record->loansAsOf()));
    for (const PatronDetail::Block &block : patron.blocks)
        facts.blocks << blockFacts(block);
    const auto contact = [&facts](const QString &label, const QString &value) {
        if (!value.isEmpty())
            facts.contact.append({label, value});
    };
    contact(tr("Phone"), patron.phone);
    contact(tr("E-mail"), patron.email);
    contact(tr("Address"), patron.address);
    if (!patron.hasContact)
        facts.contactRemark =
            tr("Phone, e-mail, address and birthday are shown to whoever may edit the patrons of %1. You may "
               "not. A colleague with that right can sign in here.")
                .arg(patron.branchName);
    contact(tr("Since"), longDay(patron.since.toLocalTime().date()));
    for (const PatronDetail::Card &card : patron.cards) {
        const QString since = longDay(card.since.toLocalTime().date());
        facts.cards.append({spacedCard(card.number),
                            card.active ? tr("In use since %1").arg(since) : tr("No longer valid")});
    }
    return facts;
}

void PatronsPage::showRecord()
{
    using State = PatronRecordSession::State;
    const State state = m_record->state();
    if (state == State::Gone || state == State::Failed) {
        const auto &error = m_record->error();
        m_view->messages()->showMessage(
            MessageBar::Kind::Error, error ? error->message : tr("This patron is no longer in the library."),
            error ? error->hint : tr("The patron was removed. Search for the patron again."));
        if (state == State::Gone) {
            m_record->close();
            m_view->closeRecord();
        }
        return;
    }
    showRefusals();
    if (m_record->detail())
        m_view->setFacts(facts(), state == State::Stale);
}

void PatronsPage::showMarks()
{
    const std::vector<PatronLoan> marked = m_record->loans()->marked();
    const auto isSpent = [](const PatronLoan &loan) {
        return loan.mostRenewals >= 0 && loan.renewals >= loan.mostRenewals;
    };
    const auto spent = std::find_if(marked.begin(), marked.end(), isSpent);
    QString reason;
    if (spent != marked.end()) {
        reason = spent->mostRenewals == 0 ? tr("%1 cannot be renewed at all.").arg(spent->title)
                                          : tr("%1 cannot be renewed: renewed %2 of %3 times.")
                                                .arg(spent->title, QLocale().toString(spent->renewals),
                                                     QLocale().toString(spent->mostRenewals));
    }
    const bool canRenew = !marked.empty() && !std::all_of(marked.begin(), marked.end(), isSpent);
    m_view->record()->setMarked(static_cast<int>(marked.size()), reason, canRenew);
}

void PatronsPage::showRenewals()
{
    const Renewals &renewals = m_record->renewals();
    const QLocale locale;
    if (renewals.isRunning()) {
        m_view->record()->setMarked(static_cast<int>(m_record->loans()->marked().size()),
                                    tr("Renewing: %1 of %2 done.")
                                        .arg(locale.toString(static_cast<int>(renewals.answers().size())),
                                             locale.toString(renewals.count())),
                                    false);
        return;
    }
    showMarks();
    if (renewals.count() == 0)
        return;
    QStringList problems;
    for (const CirculationAnswer &answer : renewals.answers()) {
        const QString problem = Renewals::problem(answer);
        if (!problem.isEmpty())
            problems << (answer.title.isEmpty() ? problem : tr("%1: %2").arg(answer.title, problem));
    }
    m_view->messages()->showMessage(problems.isEmpty() ? MessageBar::Kind::Info : MessageBar::Kind::Warning,
                                    renewals.summary(), problems.join(u' '), {}, problems.isEmpty());
}

} // namespace Branchline
