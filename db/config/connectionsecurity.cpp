// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/connectionsecurity.h"

#include "db/config/settingsfile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int mostLockMinutes = 24 * 60;

QString tr(const char *text)
{
    return QCoreApplication::translate("SecurityPolicy", text);
}

DbError unusable(const QString &path, const QString &name, const QString &accepted)
{
    return {.kind = DbErrorKind::Configuration,
            .message = tr("The policy %1 cannot be followed: %2 is not understood.").arg(path, name),
            .hint = tr("An administrator of this computer has to set it to %1. Nothing is opened until then, "
                       "since the policy may forbid it.")
                        .arg(accepted)};
}

/// What is not said is "prefer", for both settings.
QString stronger(const QStringList &scale, const QString &one, const QString &required)
{
    const auto rank = [&](const QString &value) {
        return scale.indexOf(value.isEmpty() ? u"prefer"_s : value);
    };
    return required.isEmpty() || rank(one) >= rank(required) ? one : required;
}

/// One line of the policy; false when its value is not understood.
bool apply(SecurityPolicy &policy, const QString &name, const QString &value, QString &accepted)
{
    if (name == "REQUIRED_SSLMODE"_L1) {
        accepted = ConnectionSecurity::sslModes().join(u", "_s);
        policy.required.sslMode = value;
        return ConnectionSecurity::sslModes().contains(value);
    }
    if (name == "REQUIRED_CHANNEL_BINDING"_L1) {
        accepted = ConnectionSecurity::channelBindings().join(u", "_s);
        policy.required.channelBinding = value;
        return ConnectionSecurity::channelBindings().contains(value);
    }
    if (name == "SSLROOTCERT"_L1) {
        accepted = tr("the full path of a file");
        policy.required.rootCertificate = value;
        return QDir::isAbsolutePath(value);
    }
    if (name == "LOCK_MINUTES"_L1) {
        accepted = tr("a whole number from 1 to %1").arg(mostLockMinutes);
        bool isNumber = false;
        policy.lockMinutes = value.toInt(&isNumber);
        return isNumber && *policy.lockMinutes >= 1 && *policy.lockMinutes <= mostLockMinutes;
    }
    if (name == "KEEP_PASSWORDS"_L1) {
        accepted = tr("yes or no");
        policy.mayKeepPasswords = value.toLower() == "yes"_L1;
        return policy.mayKeepPasswords || value.toLower() == "no"_L1;
    }
    accepted =
        tr("one of %1")
            .arg(u"REQUIRED_SSLMODE, REQUIRED_CHANNEL_BINDING, SSLROOTCERT, LOCK_MINUTES, KEEP_PASSWORDS"_s);
    return false;
}

/// Of the address, else of the environment, else the wish.
QString chosen(const ConnectionUrl &url, const char *keyword, const char *variable, const QString &wish)
{
    const QString own = url.value(QString::fromLatin1(keyword));
    if (!own.isEmpty())
        return own;
    const QString inherited = qEnvironmentVariable(variable);
    return inherited.isEmpty() ? wish : inherited;
}

bool meansSocket(const ConnectionUrl &url)
{
    QString host = url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host();
    if (host.isEmpty())
        host = qEnvironmentVariable("PGHOST");
    const QStringList hosts = host.split(u',');
    return std::all_of(hosts.begin(), hosts.end(), [](const QString &one) {
        return one.isEmpty() || one.startsWith(u'/') || one.startsWith(u'@');
    });
}

QString lookForSystemRoots()
{
    const QString own = QDir::homePath() + "/.postgresql/root.crt"_L1;
    const QString system = u"/etc/ssl/certs/ca-certificates.crt"_s;
    return !QFileInfo::exists(own) && QFileInfo::exists(system) ? system : QString();
}

} // namespace

QStringList ConnectionSecurity::sslModes()
{
    return {u"disable"_s, u"allow"_s, u"prefer"_s, u"require"_s, u"verify-ca"_s, u"verify-full"_s};
}

QStringList ConnectionSecurity::channelBindings()
{
    return {u"disable"_s, u"prefer"_s, u"require"_s};
}

QString SecurityPolicy::defaultFile()
{
    return u"/etc/branchline/policy.conf"_s;
}

Result<SecurityPolicy> SecurityPolicy::read(const QString &path)
{
    SecurityPolicy policy;
    policy.systemRoots = lookForSystemRoots();
    // A folder that may not be looked into is no missing file.
    const QFileInfo folder(QFileInfo(path).absolutePath());
    if (path.isEmpty() || (!QFileInfo::exists(path) && (!folder.exists() || folder.isExecutable())))
        return policy;
    const auto lines = readSettingsFile(path);
    if (!lines)
        return lines.error();
    policy.file = path;
    for (auto line = lines->cbegin(); line != lines->cend(); ++line) {
        QString accepted;
        if (!apply(policy, line.key(), line.value(), accepted))
            return unusable(path, line.key(), accepted);
    }
    return policy;
}

ConnectionUrl secured(const ConnectionUrl &url, const ConnectionSecurity &wish, const SecurityPolicy &policy)
{
    if (url.isEmpty() || meansSocket(url))
        return url;
    const QString mode = stronger(ConnectionSecurity::sslModes(),
                                  chosen(url, "sslmode", "PGSSLMODE", wish.sslMode), policy.required.sslMode);
    const QString binding = stronger(ConnectionSecurity::channelBindings(),
                                     chosen(url, "channel_binding", "PGCHANNELBINDING", wish.channelBinding),
                                     policy.required.channelBinding);
    QString root = policy.required.rootCertificate;
    if (root.isEmpty())
        root = chosen(url, "sslrootcert", "PGSSLROOTCERT", wish.rootCertificate);
    // As libpq 16 does for "system": with the name checked too, any public authority will do.
    if (root.isEmpty() && mode == "verify-full"_L1)
        root = policy.systemRoots;
    ConnectionUrl result =
        url.with(u"sslmode"_s, mode).with(u"channel_binding"_s, binding).with(u"sslrootcert"_s, root);
    // Encryption by Kerberos comes first where both can, and then nobody looks at certificates.
    if (mode.startsWith("verify-"_L1))
        result = result.with(u"gssencmode"_s, u"disable"_s);
    return result;
}

} // namespace Branchline
