// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/firstrun.h"

#include "app/desktop/windowsettings.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/firstrunview.h"
#include "ui/widgets/messagebar.h"

#include <QAction>

using namespace Qt::StringLiterals;

namespace Branchline {

FirstRun::FirstRun(MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_window(window)
{}

FirstRun::~FirstRun()
{
    if (m_isCanceled)
        *m_isCanceled = true;
}

void FirstRun::open(const Start &start)
{
    if (m_view || m_isCanceled)
        return;
    m_start = start;
    m_view = new FirstRunView;
    const ClusterConfig &config = m_start.config;
    m_view->protection()->setPolicy(config.policy);
    if (!config.security.sslMode.isEmpty())
        m_view->protection()->setSecurity(config.security);
    m_view->setMayGoBack(m_start.mayGoBack);
    if (!config.usesLocalLibrary()) {
        // What the address says goes before the box, so it is shown there, where it can be changed.
        m_view->setAddress(withoutProtection(config.main).display());
        if (!config.main.value(u"sslmode"_s).isEmpty())
            m_view->protection()->setSecurity(protectionOf(config.main));
        m_view->setChoice(FirstRunView::Choice::Server);
    }
    joinView();
    watch(describeComputer(m_start.directory), m_view, [this](const QString &words) {
        if (m_view)
            m_view->setRemark(words);
    });
    m_window.cover(m_view);
    if (m_start.unfinished != LocalMaking::Nothing)
        showUnfinished();
}

void FirstRun::joinView()
{
    connect(m_view, &FirstRunView::goRequested, this,
            [this](FirstRunView::Choice choice) { go(static_cast<int>(choice)); });
    connect(m_view, &FirstRunView::testRequested, this, &FirstRun::test);
    connect(m_view, &FirstRunView::backRequested, this, &FirstRun::backRequested);
    connect(m_view, &FirstRunView::cancelRequested, this, [this] {
        if (m_isCanceled)
            *m_isCanceled = true;
        m_view->setProgress(tr("Cancelling: what was made is being removed …"));
    });
    connect(m_view, &FirstRunView::appearanceChosen, this, [](Theme::Mode mode) {
        windowSettings().setValue(u"window/appearance"_s, static_cast<int>(mode));
    });
}

/// The program or the computer ended while a library was being made.
void FirstRun::showUnfinished()
{
    const bool isDemo = m_start.unfinished == LocalMaking::Demo;
    m_view->setChoice(isDemo ? FirstRunView::Choice::Demo : FirstRunView::Choice::NewLibrary);
    auto *remove = new QAction(tr("Remove it"), m_view);
    connect(remove, &QAction::triggered, this, &FirstRun::removeUnfinished);
    m_view->messages()->showMessage(
        MessageBar::Kind::Warning,
        isDemo ? tr("Setting up the demo library was interrupted.")
               : tr("Starting the new library was interrupted."),
        tr("The large button goes on where it ended. Nothing has been lent or entered in it yet."), {remove});
}

void FirstRun::removeUnfinished()
{
    if (m_isCanceled)
        return;
    m_isCanceled = std::make_shared<std::atomic<bool>>(true);
    m_view->messages()->clear();
    m_view->setProgress(tr("What was made is being removed …"));
    watch(removeUnfinishedLibrary(m_start.directory), this, [this](const Result<Done> &gone) {
        m_isCanceled.reset();
        if (!m_view)
            return;
        m_view->setProgress({});
        m_view->messages()->showMessage(gone ? MessageBar::Kind::Info : MessageBar::Kind::Error,
                                        gone ? tr("Removed.") : gone.error().message,
                                        gone ? tr("Nothing is left of what was begun.") : gone.error().hint);
    });
}

void FirstRun::close()
{
    FirstRunView *view = m_view;
    m_view.clear();
    if (view)
        m_window.uncover(view);
}

void FirstRun::go(int choice)
{
    if (m_isCanceled)
        return;
    ++m_test;
    m_view->setTesting(false);
    m_view->messages()->clear();
    if (static_cast<FirstRunView::Choice>(choice) != FirstRunView::Choice::Server) {
        makeLibrary(static_cast<FirstRunView::Choice>(choice) == FirstRunView::Choice::Demo);
    } else if (const auto url = address()) {
        Q_EMIT serverChosen(*url, m_view->protection()->security());
    }
}

void FirstRun::makeLibrary(bool withDemo)
{
    m_isCanceled = std::make_shared<std::atomic<bool>>(false);
    m_view->setProgress(tr("Beginning …"));
    const auto future = Branchline::makeLibrary(
        {.config = m_start.config, .place = {.directory = m_start.directory}, .withDemo = withDemo},
        m_isCanceled);
    auto *steps = new QFutureWatcher<Result<ClusterConfig>>(m_view);
    connect(steps, &QFutureWatcherBase::progressTextChanged, m_view, [this](const QString &step) {
        if (m_view && m_isCanceled && !*m_isCanceled)
            m_view->setProgress(step);
    });
    steps->setFuture(future);
    watch(future, this, [this](const Result<ClusterConfig> &config) { made(config); });
}

void FirstRun::made(const Result<ClusterConfig> &config)
{
    m_isCanceled.reset();
    if (!m_view)
        return;
    m_view->setProgress({});
    if (config) {
        Q_EMIT libraryReady(*config);
        return;
    }
    const bool isCanceled = config.error().kind == DbErrorKind::Canceled;
    m_view->messages()->showMessage(isCanceled ? MessageBar::Kind::Info : MessageBar::Kind::Error,
                                    config.error().message, config.error().hint);
}

/// What was typed as an address; says what is wrong with it. What it says about its protection moves into the
/// box, which counts.
std::optional<ConnectionUrl> FirstRun::address()
{
    const QString typed = m_view->address();
    if (!typed.contains(u'=') && !typed.contains("://"_L1)) {
        m_view->messages()->showMessage(
            MessageBar::Kind::Error, tr("The address says too little."),
            tr("It needs the computer and the database, such as postgresql://library.example.org/books."));
        return std::nullopt;
    }
    const auto url = ConnectionUrl::parse(typed, tr("This"));
    std::optional<DbError> problem;
    if (!url)
        problem = url.error();
    else if (url->hasPassword() || !url->value(u"sslpassword"_s).isEmpty())
        problem = passwordInAddress(tr("This address"));
    if (problem) {
        m_view->messages()->showMessage(MessageBar::Kind::Error, problem->message, problem->hint);
        return std::nullopt;
    }
    const ConnectionSecurity own = protectionOf(*url);
    if (own == ConnectionSecurity())
        return *url;
    const ConnectionUrl bare = withoutProtection(*url);
    const ConnectionSecurity shown = m_view->protection()->security();
    const auto either = [](const QString &one, const QString &other) { return one.isEmpty() ? other : one; };
    m_view->protection()->setSecurity(
        {.sslMode = either(own.sslMode, shown.sslMode),
         .channelBinding = either(own.channelBinding, shown.channelBinding),
         .rootCertificate = either(own.rootCertificate, shown.rootCertificate)});
    m_view->setAddress(bare.display());
    return bare;
}

void FirstRun::test()
{
    if (m_isCanceled)
        return;
    m_view->messages()->clear();
    const auto url = address();
    if (!url)
        return;
    m_view->setTesting(true);
    watch(diagnose(secured(*url, m_view->protection()->security(), m_start.config.policy)), m_view,
          [this, test = ++m_test, isNamed = !url->user().isEmpty()](const Diagnosis &found) {
              if (m_view && test == m_test)
                  tested(found, isNamed);
          });
}

/// A server that asks for a password, or for a person where none was named, is as right as can be told.
void FirstRun::tested(const Diagnosis &found, bool isNamed)
{
    using Finding = Diagnosis::Finding;
    m_view->setTesting(false);
    const QString protection = found.tls.words();
    const bool mayBeOther =
        !isNamed && found.concernsPerson() && found.finding != Finding::ComputerNotAllowed;
    if (found.isReady())
        m_view->messages()->showMessage(MessageBar::Kind::Info, found.message, protection + u'.');
    else if (found.finding == Finding::PasswordMissing || mayBeOther)
        m_view->messages()->showMessage(
            MessageBar::Kind::Info, tr("The server answers and asks for name and password."),
            tr("%1. Whether the database is right shows when you sign in.").arg(protection));
    else if (found.finding == Finding::ComputerNotAllowed && !isNamed)
        m_view->messages()->showMessage(MessageBar::Kind::Warning,
                                        tr("The server answers, and does not let everybody in from here."),
                                        tr("%1. Go on to the sign-in: it may let you in by your name. If "
                                           "not, ask an administrator to add "
                                           "this computer to the server’s pg_hba.conf.")
                                            .arg(protection));
    else
        m_view->messages()->showMessage(found.isUnreachable() ? MessageBar::Kind::Offline
                                                              : MessageBar::Kind::Error,
                                        found.message, found.hint);
}

} // namespace Branchline
