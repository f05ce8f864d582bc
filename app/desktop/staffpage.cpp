// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/staffpage.h"

#include "models/desk/reasontext.h"
#include "models/roles.h"
#include "models/texts.h"
#include "ui/staff/staffrecordview.h"

#include <QAction>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Kind = StaffAct::Kind;

Kind kindOf(StaffSheetMode mode)
{
    switch (mode) {
    case StaffSheetMode::Add:
        return Kind::Add;
    case StaffSheetMode::Return:
        return Kind::Return;
    case StaffSheetMode::Login:
        return Kind::Login;
    case StaffSheetMode::Own:
        break;
    }
    return Kind::OwnPassword;
}

QList<StaffSheet::Group> groupsOf()
{
    QList<StaffSheet::Group> groups;
    for (const QString &group : staffGroups()) {
        const RightWords words = groupWords(group);
        groups.append({group, words.name, words.explanation});
    }
    return groups;
}

QString loginWords(const ServerLogin &login)
{
    if (!login.isPresent)
        return StaffPage::tr("has no such login");
    const QString may = login.maySignIn ? StaffPage::tr("may sign in") : StaffPage::tr("may not sign in");
    if (login.sessions == 0)
        return may;
    return login.sessions == 1
               ? StaffPage::tr("%1, 1 open session").arg(may)
               : StaffPage::tr("%1, %2 open sessions").arg(may, QLocale().toString(login.sessions));
}

QString databaseWords(const QStringList &databases)
{
    constexpr qsizetype most = 5;
    return databases.size() <= most
               ? listWords(databases)
               : listWords(databases.mid(0, most - 1) +
                           QStringList{StaffPage::tr("%1 more").arg(databases.size() - most + 1)});
}

} // namespace

StaffPage::StaffPage(QObject *parent)
    : PageController(parent)
    , m_view(new StaffView)
    , m_retry(new QAction(tr("Finish the rest"), this))
{
    m_retry->setShortcut(QKeyCombination(Qt::ALT, Qt::Key_R));
    m_view->addAction(m_retry); // the button of the bar only shows it
    m_view->sheet()->setGroups(groupsOf());
}

StaffPage::~StaffPage() = default;

void StaffPage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_session = std::make_unique<StaffSession>(cluster, feed);
    m_session->setPermissions(m_permissions);
    joinView();
}

void StaffPage::joinView()
{
    StaffSession *session = m_session.get();
    m_view->setListModel(session->model());
    m_view->setRightsModel(session->rights());
    connect(session, &StaffSession::changed, this, &StaffPage::showStaff);
    connect(session, &StaffSession::acting, this, [this] {
        m_view->messages()->clear();
        m_view->setBusy(true);
    });
    connect(session, &StaffSession::acted, this, &StaffPage::showActed);
    connect(session, &StaffSession::changeRefused, this, [this](const DbError &error) {
        m_view->messages()->showMessage(MessageBar::Kind::Error, error.message, error.hint);
    });
    connect(m_retry, &QAction::triggered, session, &StaffSession::retry);
    connect(m_view, &StaffView::wordsEdited, this, [this, session](const QString &words) {
        session->model()->setFilter(words);
        showStaff();
    });
    connect(m_view, &StaffView::rowSelected, this, &StaffPage::choose);
    connect(m_view, &StaffView::retryRequested, session, &StaffSession::refresh);
    connect(m_view, &StaffView::submitted, this, &StaffPage::submit);
    connect(m_view, &StaffView::disableRequested, this, &StaffPage::disable);
    connect(m_view, &StaffView::branchFilterEdited, session->rights(), &RightsModel::setBranchFilter);
}

void StaffPage::setBranch(const BranchEntry &branch)
{
    m_session->setHere(branch.id);
}

void StaffPage::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    if (m_session)
        m_session->setPermissions(permissions);
}

void StaffPage::setOnScreen(bool onScreen)
{
    m_session->setOnScreen(onScreen);
}

void StaffPage::recovered()
{
    m_session->refresh();
}

bool StaffPage::isReady() const
{
    return m_session && m_session->isReady();
}

/// What servers are asked to do would stop half-way; it takes some seconds at most, and then the window goes.
bool StaffPage::mayClose(const std::function<void()> &then)
{
    if (!m_session)
        return true;
    if (!m_session->isActing()) {
        const bool isLost = m_view->hasUnsent();
        if (isLost)
            m_view->leaveSheet(then);
        return !isLost;
    }
    m_then = then;
    MessageBar *bar = m_view->isSheetOpen() ? m_view->sheet()->messages() : m_view->messages();
    bar->showMessage(MessageBar::Kind::Warning, tr("The servers are still being asked."),
                     tr("The window closes as soon as all of them have done it, in some seconds."));
    return false;
}

QString StaffPage::waiting() const
{
    if (m_session && m_session->isActing())
        return tr("Servers are being asked to change a login of the staff.");
    return m_view->hasUnsent() ? tr("The form of a login has not been sent; what was typed would be lost.")
                               : QString();
}

void StaffPage::addStaff()
{
    if (m_session && m_session->mayManage())
        m_view->openSheet(StaffSheetMode::Add);
}

void StaffPage::choose(int row)
{
    if (const StaffMember *member = m_session->model()->member(row))
        m_session->choose(QString(member->login));
}

void StaffPage::submit(StaffSheetMode mode, const StaffForm &form)
{
    StaffAct act{.kind = kindOf(mode),
                 .staff = {.login = form.login,
                           .name = form.name,
                           .group = form.group,
                           .password = form.password,
                           .verifier = {},
                           .keepsPassword = form.password.isEmpty()}};
    m_session->start(act);
}

void StaffPage::disable()
{
    const StaffMember *member = m_session->chosen();
    if (!member)
        return;
    m_session->start({.kind = Kind::Disable, .staff = {.login = member->login, .name = member->name}});
}

void StaffPage::showActed()
{
    m_view->setBusy(false);
    const StaffOutcome &outcome = *m_session->outcome();
    const auto then = std::exchange(m_then, {});
    const OutcomeWords words = outcomeWords(outcome);
    if (!outcome.report) {
        // Nothing was done: what was typed stays, to be sent again.
        MessageBar *bar = m_view->isSheetOpen() ? m_view->sheet()->messages() : m_view->messages();
        bar->showMessage(MessageBar::Kind::Error, words.first, words.rest);
        return;
    }
    m_view->closeSheet();
    m_session->choose(outcome.act.staff.login);
    if (!outcome.isComplete()) // to be read before the window closes
        return m_view->messages()->showMessage(MessageBar::Kind::Warning, words.first, words.rest, {m_retry});
    m_view->messages()->showMessage(MessageBar::Kind::Info, words.first, words.rest, {}, true);
    if (then)
        then();
}

void StaffPage::showStaff()
{
    const StaffModel *model = m_session->model();
    StaffListNote note{.words = model->filterWords(),
                       .count = model->rowCount(),
                       .total = static_cast<int>(model->staff().members.size()),
                       .asOf = clockText(m_session->asOf()),
                       .error = {},
                       .hint = {},
                       .mayManage = m_session->mayManage()};
    using State = StaffSession::State;
    const State state = m_session->state();
    if (const auto &error = m_session->error(); error && !isSilence(*error)) {
        note.error = error->message;
        note.hint = error->hint;
    }
    const auto shown = state == State::Loading  ? StaffListState::Loading
                       : state == State::Ready  ? StaffListState::Ready
                       : state == State::Stale  ? StaffListState::Stale
                       : state == State::Failed ? StaffListState::Failed
                                                : StaffListState::NotAllowed;
    m_view->setListState(shown, note);
    showChosen();
}

void StaffPage::showChosen()
{
    const StaffMember *member = m_session->chosen();
    if (!member && m_session->chosenLogin().isEmpty() && m_session->state() == StaffSession::State::Ready &&
        m_session->model()->rowCount() > 0) {
        choose(0); // a page with a list and nothing beside it tells nothing
        return;
    }
    if (!member)
        return m_view->clearFacts();
    m_view->selectRow(m_session->model()->rowOf(member->login));
    m_view->setFacts(facts(*member));
}

QList<StaffServerFacts> StaffPage::servers(const StaffMember &member) const
{
    using Light = StatusLight::State;
    QList<StaffServerFacts> servers;
    if (!m_session->mayManage())
        return servers;
    for (const ServerLogins &server : m_session->model()->staff().servers) {
        const ServerLogin login = server.logins.value(member.login);
        const bool isWell = login.maySignIn == member.isActive && (member.isActive || login.sessions == 0);
        servers.append(
            {.light = server.error ? Light::Down
                      : isWell     ? Light::Ok
                                   : Light::Slow,
             .name = databaseWords(server.databases),
             .words = server.error ? tr("not known: %1").arg(server.error->message) : loginWords(login)});
    }
    return servers;
}

StaffFacts StaffPage::facts(const StaffMember &member) const
{
    const StaffModel *model = m_session->model();
    StaffFacts facts{.login = member.login,
                     .name = member.name,
                     .initials = initialsOf(member.name),
                     .state = model->stateText(member),
                     .stateKind = model->stateKind(member),
                     .isActive = member.isActive,
                     .isMe = member.login == m_session->me(),
                     .mayManage = m_session->mayManage(),
                     .open = model->staff().open(member),
                     .rights = static_cast<int>(member.rights.size()),
                     .sessions = m_session->mayManage() ? model->sessions(member) : -1,
                     .servers = servers(member)};
    const int row = model->rowOf(member.login);
    facts.groupName = model->group(member);
    for (const ServerLogins &server : model->staff().servers) {
        if (!server.error && facts.group.isEmpty())
            facts.group = server.logins.value(member.login).group;
    }
    QStringList line{tr("Login %1").arg(member.login)};
    if (row >= 0)
        line << model->index(row, StaffModel::Summary).data().toString();
    if (facts.sessions == 1)
        line << tr("1 open session");
    else if (facts.sessions > 1)
        line << tr("%1 open sessions").arg(QLocale().toString(facts.sessions));
    if (facts.isMe)
        line << tr("this is you");
    facts.line = line.join(u" · "_s);
    if (!facts.mayManage)
        facts.whyNot = tr("You may not change logins. A colleague with the right “%1” at every branch can "
                          "sign in here.")
                           .arg(rightWords(u"library"_s).name);
    return facts;
}

} // namespace Branchline
