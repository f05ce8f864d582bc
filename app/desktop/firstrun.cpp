// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/firstrun.h"

#include "app/desktop/windowsettings.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/firstrunview.h"
#include "ui/widgets/messagebar.h"

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

void FirstRun::open(const ClusterConfig &config, bool mayGoBack)
{
    m_config = config;
    if (m_view)
        return;
    m_view = new FirstRunView;
    m_view->protection()->setPolicy(config.policy);
    if (!config.security.sslMode.isEmpty())
        m_view->protection()->setSecurity(config.security);
    m_view->setMayGoBack(mayGoBack);
    if (mayGoBack) {
        m_view->setAddress(config.main.display());
        m_view->setChoice(FirstRunView::Choice::Server);
    }
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
    watch(describeComputer(), m_view, [this](const QString &words) { m_view->setRemark(words); });
    m_window.cover(m_view);
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
    const auto future = Branchline::makeLibrary(m_config, withDemo, m_isCanceled);
    auto *steps = new QFutureWatcher<Result<ClusterConfig>>(m_view);
    connect(steps, &QFutureWatcherBase::progressTextChanged, m_view, [this](const QString &step) {
        if (m_isCanceled && !*m_isCanceled)
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

/// What was typed as an address; says what is wrong with it.
std::optional<ConnectionUrl> FirstRun::address()
{
    const auto url = ConnectionUrl::parse(m_view->address(), tr("This"));
    std::optional<DbError> problem;
    if (!url)
        problem = url.error();
    else if (url->hasPassword() || !url->value(u"sslpassword"_s).isEmpty())
        problem = passwordInAddress(tr("This address"));
    if (problem) {
        m_view->messages()->showMessage(MessageBar::Kind::Error, problem->message, problem->hint);
        return std::nullopt;
    }
    return *url;
}

void FirstRun::test()
{
    m_view->messages()->clear();
    const auto url = address();
    if (!url)
        return;
    m_view->setTesting(true);
    watch(diagnose(secured(*url, m_view->protection()->security(), m_config.policy)), m_view,
          [this, isNamed = !url->user().isEmpty()](const Diagnosis &found) { tested(found, isNamed); });
}

/// A server that asks for a password, or for a person where none was named, is as right as can be told.
void FirstRun::tested(const Diagnosis &found, bool isNamed)
{
    m_view->setTesting(false);
    const QString protection = found.tls.words();
    if (found.isReady())
        m_view->messages()->showMessage(MessageBar::Kind::Info, found.message, protection + u'.');
    else if (found.finding == Diagnosis::Finding::PasswordMissing || (found.concernsPerson() && !isNamed))
        m_view->messages()->showMessage(
            MessageBar::Kind::Info, tr("The server answers and asks for name and password."),
            tr("%1. Whether the database is right shows when you sign in.").arg(protection));
    else
        m_view->messages()->showMessage(found.isUnreachable() ? MessageBar::Kind::Offline
                                                              : MessageBar::Kind::Error,
                                        found.message, found.hint);
}

} // namespace Branchline
