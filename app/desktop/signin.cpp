// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/signin.h"

#include "app/desktop/windowsettings.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Nobody sees a page meanwhile; a window without its server is better than none.
constexpr std::chrono::milliseconds silentDeadline{3000};

constexpr auto keyAddress = "server/address"_L1;
constexpr auto keyMode = "server/sslmode"_L1;
constexpr auto keyBinding = "server/channel_binding"_L1;
constexpr auto keyRoot = "server/sslrootcert"_L1;
constexpr auto keyServer = "signin/server"_L1; ///< where the person below signed in
constexpr auto keyPerson = "signin/person"_L1;
constexpr auto keyKept = "signin/kept"_L1;   ///< the keychain has the password
constexpr auto keyAsked = "signin/asked"_L1; ///< the server wanted a password

QString textOf(QLatin1StringView key)
{
    return windowSettings().value(QString(key)).toString();
}

/// What the window remembers of a server that was chosen in it.
QMap<QString, QString> rememberedServer()
{
    QMap<QString, QString> settings;
    const std::pair<QLatin1StringView, QString> names[] = {{keyAddress, u"DATABASE_URL"_s},
                                                           {keyMode, u"DATABASE_SSLMODE"_s},
                                                           {keyBinding, u"DATABASE_CHANNEL_BINDING"_s},
                                                           {keyRoot, u"DATABASE_SSLROOTCERT"_s}};
    for (const auto &[key, name] : names) {
        if (!textOf(key).isEmpty())
            settings.insert(name, textOf(key));
    }
    return settings;
}

LibraryChoice withRemembered(LibraryChoice choice)
{
    choice.remembered = rememberedServer();
    return choice;
}

/// A server whoever signs in: without the person.
QString serverOf(const ConnectionUrl &url)
{
    return url.host() + u':' + url.port() + u'/' + url.database();
}

QString serverWords(const ConnectionUrl &url)
{
    const QString host =
        url.host().isEmpty() || url.host().startsWith(u'/') ? SignIn::tr("this computer") : url.host();
    return SignIn::tr("%1, database %2").arg(host, url.database());
}

/// Shards with addresses of their own are signed in to as main is, unless they say otherwise.
void signInShards(ClusterConfig &config)
{
    for (ConnectionUrl &url : config.shardUrls) {
        if (url.user().isEmpty())
            url = url.with(u"user"_s, config.main.user());
        if (url.user() == config.main.user() && !url.hasPassword())
            url = url.with(u"password"_s, config.main.value(u"password"_s));
    }
}

} // namespace

SignIn::SignIn(MainWindow &window, Options options, QObject *parent)
    : QObject(parent)
    , m_window(window)
    , m_options(std::move(options))
    , m_firstRun(window)
{
    connect(&m_firstRun, &FirstRun::libraryReady, this, [this](const ClusterConfig &config) {
        windowSettings().setValue(QString(keyAddress), QString());
        closePages();
        Q_EMIT opened(config, {});
    });
    connect(&m_firstRun, &FirstRun::serverChosen, this, &SignIn::chooseServer);
    connect(&m_firstRun, &FirstRun::backRequested, this, [this] { m_firstRun.close(); });
    connect(&m_keychain, &Keychain::arrivedLate, this, [this](const QString &key, const QString &password) {
        // Somebody has unlocked the keychain while the page asked.
        if (m_view && !m_view->isBusy() && m_view->password().isEmpty() && key == keyOf(m_config.main))
            trySilently(password);
    });
}

void SignIn::start()
{
    const bool isLocal = m_options.library.onlyLocal || !m_options.library.directory.isEmpty();
    if (!m_options.mayAsk || isLocal)
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
    if (plan.isNew)
        m_firstRun.open(m_config, false);
    else if (m_config.usesLocalLibrary())
        openAsBefore();
    else
        beginSession();
}

void SignIn::beginSession()
{
    if (m_config.main.user().isEmpty() && textOf(keyServer) == serverOf(m_config.main))
        m_config.main = m_config.main.with(u"user"_s, textOf(keyPerson));
    if (m_options.mustAsk)
        showPage();
    else if (windowSettings().value(QString(keyKept)).toBool() && m_config.policy.mayKeepPasswords &&
             !m_config.main.hasPassword() && textOf(keyServer) == serverOf(m_config.main))
        useKeychain();
    else
        trySilently({});
}

void SignIn::useKeychain()
{
    m_keychain.read(keyOf(m_config.main), [this](Keychain::Outcome outcome, const QString &password) {
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

/// With what is at hand: the keychain's password, ~/.pgpass, the account of the computer.
void SignIn::trySilently(const QString &password)
{
    const ConnectionUrl url =
        password.isEmpty() ? m_config.main : m_config.main.with(u"password"_s, password);
    if (m_view)
        m_view->setBusy(true);
    watch(diagnose(url, silentDeadline), this,
          [this, url](const Diagnosis &found) { triedSilently(url, found); });
}

void SignIn::triedSilently(const ConnectionUrl &url, const Diagnosis &found)
{
    if (m_view)
        m_view->setBusy(false);
    const bool hasWhatItTakes = url.hasPassword() || !windowSettings().value(QString(keyAsked)).toBool();
    if (found.isReady()) {
        succeed(url, found);
    } else if (found.isUnreachable() && hasWhatItTakes && !m_view && !m_chosen) {
        // The window opens and works as far as it can without the server, as when it goes away later.
        m_config.main = url;
        signInShards(m_config);
        Q_EMIT opened(m_config, found);
    } else {
        showPage();
        // Nobody was named: who this account of the computer is does not matter to the server.
        const bool isNobody = url.user().isEmpty() && found.concernsPerson();
        if (isNobody)
            m_view->setProtection(found.tls.words(), found.tls.isSafe());
        else
            showFinding(found);
    }
}

void SignIn::showPage()
{
    if (!m_view) {
        m_view = new SignInView(SignInView::Kind::SignIn);
        connect(m_view, &SignInView::signInRequested, this, &SignIn::submit);
        connect(m_view, &SignInView::otherRequested, this, [this] { m_firstRun.open(m_config, true); });
        m_view->setPerson(m_config.main.user());
        m_window.cover(m_view);
    }
    m_view->setServer(serverWords(m_config.main));
    const bool mayKeep = m_config.policy.mayKeepPasswords && m_hasKeychain;
    m_view->setKeychain(
        mayKeep, windowSettings().value(QString(keyKept)).toBool(),
        !m_config.policy.mayKeepPasswords
            ? tr("The administrator of this computer does not allow it (%1).").arg(m_config.policy.file)
        : mayKeep ? QString()
                  : tr("No keychain answers on this computer."));
}

void SignIn::showFinding(const Diagnosis &found)
{
    m_view->setProtection(found.tls.isEncrypted || found.tls.isLocal ? found.tls.words() : QString(),
                          found.tls.isSafe());
    if (found.finding == Diagnosis::Finding::PasswordMissing)
        return; // that is what the page is for
    m_view->messages()->showMessage(found.isUnreachable() ? MessageBar::Kind::Offline
                                                          : MessageBar::Kind::Error,
                                    found.message, found.hint);
}

void SignIn::submit()
{
    if (m_view->isBusy())
        return;
    m_view->messages()->clear();
    m_view->setBusy(true);
    const ConnectionUrl url =
        m_config.main.with(u"user"_s, m_view->person()).with(u"password"_s, m_view->password());
    watch(diagnose(url), this, [this, url](const Diagnosis &found) { submitted(url, found); });
}

void SignIn::submitted(const ConnectionUrl &url, const Diagnosis &found)
{
    m_view->setBusy(false);
    if (found.isReady()) {
        succeed(url, found);
        return;
    }
    if (found.concernsPerson())
        m_view->clearPassword();
    showFinding(found);
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
    remember(url, found);
    m_config.main = url.user().isEmpty() ? url.with(u"user"_s, found.login) : url;
    signInShards(m_config);
    closePages();
    Q_EMIT opened(m_config, found);
}

/// Never the password: that is the keychain's.
void SignIn::remember(const ConnectionUrl &url, const Diagnosis &found)
{
    WindowSettings &settings = windowSettings();
    if (m_chosen) {
        settings.setValue(QString(keyAddress), m_chosen->with(u"user"_s, {}).display());
        settings.setValue(QString(keyMode), m_config.security.sslMode);
        settings.setValue(QString(keyBinding), m_config.security.channelBinding);
        settings.setValue(QString(keyRoot), m_config.security.rootCertificate);
    }
    settings.setValue(QString(keyServer), serverOf(url));
    settings.setValue(QString(keyPerson), found.login);
    settings.setValue(QString(keyAsked), found.usedPassword);
    if (!m_view) // no choice was offered
        return;
    const bool keep = m_view->keepsPassword() && url.hasPassword();
    const QString key = keyOf(url);
    if (keep)
        m_keychain.write(key, url.value(u"password"_s), [](Keychain::Outcome outcome) {
            windowSettings().setValue(QString(keyKept), outcome == Keychain::Outcome::Ok);
        });
    else if (settings.value(QString(keyKept)).toBool())
        forgetPassword();
}

void SignIn::forgetPassword()
{
    windowSettings().setValue(QString(keyKept), false);
    m_keychain.remove(keyOf(m_config.main));
}

void SignIn::closePages()
{
    m_firstRun.close();
    SignInView *view = m_view;
    m_view.clear();
    if (view) {
        view->clearPassword();
        m_window.uncover(view);
    }
}

QString SignIn::keyOf(const ConnectionUrl &url) const
{
    return url.user() + u'@' + serverOf(url);
}

} // namespace Branchline
