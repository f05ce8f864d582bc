// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/signin.h"

#include "app/desktop/signinsettings.h"
#include "db/signin/clustersignin.h"
#include "db/signin/privatememory.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

LibraryChoice withRemembered(LibraryChoice choice)
{
    choice.remembered = SignInSettings::rememberedServer();
    return choice;
}

} // namespace

SignIn::SignIn(MainWindow &window, Options options, QObject *parent)
    : QObject(parent)
    , m_window(window)
    , m_options(std::move(options))
    , m_firstRun(window)
{
    connect(&m_firstRun, &FirstRun::libraryReady, this, [this](const ClusterConfig &config) {
        SignInSettings::forgetServer();
        closePages();
        Q_EMIT opened(config, {});
    });
    connect(&m_firstRun, &FirstRun::serverChosen, this, &SignIn::chooseServer);
    connect(&m_firstRun, &FirstRun::backRequested, this, [this] {
        m_firstRun.close();
        if (!m_view) // it was asked for over the library on this computer
            openAsBefore();
    });
    connect(&m_kept, &KeptPassword::arrivedLate, this, &SignIn::usePasswordThatCame);
    connect(&m_kept, &KeptPassword::refused, this, &SignIn::passwordNotKept);
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &SignIn::askServerAgain);
}

void SignIn::start()
{
    if (m_options.library.onlyLocal)
        openAsBefore();
    else
        watch(planLibrary(withRemembered(m_options.library)), this,
              [this](const LibraryPlan &plan) { planned(plan); });
}

void SignIn::openAsBefore()
{
    watch(openLibrary(withRemembered(m_options.library)), this, [this](const Result<ClusterConfig> &config) {
        closePages();
        Q_EMIT opened(config, {});
    });
}

void SignIn::planned(const LibraryPlan &plan)
{
    if (!plan.config) {
        Q_EMIT opened(plan.config, {});
        return;
    }
    m_config = *plan.config;
    const bool isUnfinished = plan.unfinished != LocalMaking::Nothing;
    if (!m_options.mayAsk)
        openUnasked(plan.isNew || isUnfinished);
    else if (!m_config.usesLocalLibrary())
        beginSession();
    else if (plan.isNew || isUnfinished || m_options.mustAsk)
        m_firstRun.open({.config = m_config,
                         .directory = m_options.library.directory,
                         .mayGoBack = !plan.isNew && !isUnfinished,
                         .unfinished = plan.unfinished});
    else
        openAsBefore();
}

/// A picture is no reason to make a library.
void SignIn::openUnasked(bool isMissing)
{
    if (!isMissing || !m_config.usesLocalLibrary()) {
        openAsBefore();
        return;
    }
    Q_EMIT opened(DbError{.kind = DbErrorKind::Configuration,
                          .message = tr("There is no library on this computer yet."),
                          .hint = tr("Start Branchline once and choose a library.")},
                  {});
}

void SignIn::beginSession()
{
    if (SignInSettings::isLeftToOthers() && !m_chosen)
        m_config.main = m_config.main.with(u"user"_s, {});
    else if (m_config.main.user().isEmpty())
        m_config.main = m_config.main.with(u"user"_s, SignInSettings::personAt(m_config.main));
    if (m_options.mustAsk || SignInSettings::isLocked())
        askPerson();
    else if (m_config.policy.mayKeepPasswords && !m_config.main.hasPassword() &&
             m_kept.isFor(keyOf(m_config.main)))
        useKeychain();
    else
        trySilently({});
}

void SignIn::askPerson()
{
    showPage();
    if (SignInSettings::isLocked() && !SignInSettings::isLeftToOthers())
        m_view->messages()->showMessage(MessageBar::Kind::Info,
                                        tr("The window was locked when it was closed."),
                                        tr("Type your password to go on."));
}

void SignIn::useKeychain()
{
    m_kept.read(keyOf(m_config.main), [this](Keychain::Outcome outcome, const QString &password) {
        m_hasKeychain = outcome != Keychain::Outcome::Failed;
        if (outcome == Keychain::Outcome::Ok) {
            trySilently(password);
            return;
        }
        showPage();
        if (outcome == Keychain::Outcome::Late)
            m_view->messages()->showMessage(MessageBar::Kind::Info,
                                            tr("The keychain of this computer is locked."),
                                            tr("Unlock it, or type the password here."));
    });
}

/// Somebody has unlocked the keychain while the page asked. Who types already goes on with that.
void SignIn::usePasswordThatCame(const QString &key, const QString &password)
{
    if (m_view && !m_view->isBusy() && !m_firstRun.isOpen() && m_view->password().isEmpty() &&
        m_view->person() == m_config.main.user() && key == keyOf(m_config.main))
        trySilently(password);
}

/// With what is at hand: the keychain's password, ~/.pgpass, the account of the computer.
void SignIn::trySilently(const QString &password)
{
    const ConnectionUrl url =
        password.isEmpty() ? m_config.main : m_config.main.with(u"password"_s, password);
    m_again.stop();
    if (url.hasPassword())
        closeMemoryToOthers();
    if (m_view)
        m_view->setBusy(true);
    watch(diagnose(url, silentDeadline), this, [this, url, attempt = ++m_attempt](const Diagnosis &found) {
        if (attempt == m_attempt)
            triedSilently(url, found);
    });
}

void SignIn::triedSilently(const ConnectionUrl &url, const Diagnosis &found)
{
    if (m_view)
        m_view->setBusy(false);
    const bool hasWhatItTakes = url.hasPassword() || !SignInSettings::wantedPassword();
    if (found.isReady()) {
        succeed(url, found);
    } else if (found.isUnreachable() && hasWhatItTakes && !m_view && !m_chosen) {
        openWithoutMain(url, found);
    } else {
        showPage();
        // Nobody was named: who this account of the computer is does not matter to the server.
        const bool isNobody = url.user().isEmpty() && found.concernsPerson();
        if (isNobody)
            m_view->setProtection(found.hasAnswered ? found.tls.words() : QString(), found.tls.isSafe());
        else
            showFinding(url, found);
    }
}

/// The window opens and works as far as it can without the server, as when it goes away later. Each shard
/// asks for the password itself.
void SignIn::openWithoutMain(const ConnectionUrl &url, const Diagnosis &found)
{
    m_config.main = url;
    signInShards(m_config);
    closePages();
    Q_EMIT opened(m_config, found);
}

void SignIn::chooseServer(const ConnectionUrl &url, const ConnectionSecurity &security)
{
    m_firstRun.close();
    m_chosen = url;
    m_config.security = security;
    m_config.shardUrls.clear();
    m_config.shardNames.reset();
    m_config.source = tr("the window");
    m_config.main = secured(url, security, m_config.policy);
    if (m_view) {
        m_view->setPerson(url.user());
        m_view->setProtection({}, false);
        m_view->messages()->clear();
    }
    beginSession();
}

void SignIn::succeed(const ConnectionUrl &url, const Diagnosis &found)
{
    if (found.usedPassword) // of ~/.pgpass, perhaps
        closeMemoryToOthers();
    remember(url, found);
    m_config.main = url.user().isEmpty() ? url.with(u"user"_s, found.login) : url;
    signInShards(m_config);
    closePages();
    Q_EMIT opened(m_config, found);
}

/// Never the password: that is the keychain's.
void SignIn::remember(const ConnectionUrl &url, const Diagnosis &found)
{
    if (m_chosen)
        SignInSettings::rememberServer(*m_chosen, m_config.security);
    SignInSettings::rememberPerson(url, found.login, found.usedPassword && url.hasPassword());
    SignInSettings::setUnlocked();
    if (!m_view) // no choice was offered
        return;
    if (m_view->keepsPassword() && url.hasPassword())
        m_kept.keep(keyOf(url), url.value(u"password"_s));
    else
        m_kept.forget();
}

QString SignIn::keyOf(const ConnectionUrl &url) const
{
    return url.user() + u'@' + SignInSettings::serverOf(url);
}

} // namespace Branchline
