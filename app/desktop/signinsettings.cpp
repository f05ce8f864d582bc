// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/signinsettings.h"

#include "app/desktop/windowsettings.h"
#include "db/config/serveraddress.h"

using namespace Qt::StringLiterals;

namespace Branchline::SignInSettings {

namespace {

constexpr auto keyAddress = "server/address"_L1;
constexpr auto keyMode = "server/sslmode"_L1;
constexpr auto keyBinding = "server/channel_binding"_L1;
constexpr auto keyRoot = "server/sslrootcert"_L1;
constexpr auto keyServer = "signin/server"_L1;
constexpr auto keyPerson = "signin/person"_L1;
constexpr auto keyAsked = "signin/asked"_L1;
constexpr auto keyLocked = "signin/locked"_L1; ///< the server; empty: not locked
constexpr auto keyOthers = "signin/others"_L1; ///< it is locked, and somebody else is to sign in

QString textOf(QLatin1StringView key)
{
    return windowSettings().value(QString(key)).toString();
}

void set(QLatin1StringView key, const QVariant &value)
{
    windowSettings().setValue(QString(key), value);
}

} // namespace

QString serverOf(const ConnectionUrl &url)
{
    return serverKey(url);
}

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

void rememberServer(const ConnectionUrl &url, const ConnectionSecurity &security)
{
    set(keyAddress, url.with(u"user"_s, {}).display());
    set(keyMode, security.sslMode);
    set(keyBinding, security.channelBinding);
    set(keyRoot, security.rootCertificate);
}

void forgetServer()
{
    set(keyAddress, QString());
}

void rememberPerson(const ConnectionUrl &url, const QString &login, bool typed)
{
    set(keyServer, serverOf(url));
    set(keyPerson, login);
    set(keyAsked, typed);
}

QString personAt(const ConnectionUrl &url)
{
    return textOf(keyServer) == serverOf(url) ? textOf(keyPerson) : QString();
}

bool wantedPassword()
{
    return windowSettings().value(QString(keyAsked)).toBool();
}

void setLocked(const ConnectionUrl &url)
{
    set(keyLocked, serverOf(url));
    set(keyOthers, false);
}

void setUnlocked()
{
    set(keyLocked, QString());
    set(keyOthers, false);
}

bool isLocked()
{
    return !textOf(keyLocked).isEmpty();
}

bool isLockedAt(const ConnectionUrl &url)
{
    return textOf(keyLocked) == serverOf(url);
}

void setLeftToOthers(bool left)
{
    set(keyOthers, left);
}

bool isLeftToOthers()
{
    return isLocked() && windowSettings().value(QString(keyOthers)).toBool();
}

} // namespace Branchline::SignInSettings
