// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/connectionsecurity.h"

#include "db/config/serveraddress.h"
#include "db/config/settingsfile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

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

/// Of the address, else the wish, else of libpq's environment. A service file goes before that environment,
/// and what is left empty here is taken from it.
QString chosen(const ConnectionUrl &url, const char *keyword, const char *variable, const QString &wish)
{
    const QString own = url.value(QString::fromLatin1(keyword));
    if (!own.isEmpty())
        return own;
    return wish.isEmpty() && !usesService(url) ? qEnvironmentVariable(variable) : wish;
}

/// Who names a root certificate wants it to be looked at. "require" does that too, but only while the file is
/// there. A mode that was chosen and is weaker stays.
QString modeWithRoot(const QString &mode, const QString &root)
{
    return !root.isEmpty() && (mode.isEmpty() || mode == "require"_L1) ? u"verify-ca"_s : mode;
}

/// What a service file may say in place of nothing is not known here: what is demanded counts then.
QString raised(const ConnectionUrl &url, const QStringList &scale, const QString &wanted,
               const QString &least)
{
    return wanted.isEmpty() && usesService(url) ? least : stronger(scale, wanted, least);
}

QString lookForSystemRoots()
{
    const QString own = QDir::homePath() + "/.postgresql/root.crt"_L1;
    const QString system = u"/etc/ssl/certs/ca-certificates.crt"_s;
    return !QFileInfo::exists(own) && QFileInfo::exists(system) ? system : QString();
}

DbError unreadable(const QString &path)
{
    return {.kind = DbErrorKind::Configuration,
            .message = tr("The policy %1 cannot be read.").arg(path),
            .hint = tr(
                "Let the administrator of this computer make the file and its folder readable for everybody. "
                "Nothing is opened until then, since the policy may forbid it.")};
}

DbError writableByAll(const QString &path)
{
    return {.kind = DbErrorKind::Configuration,
            .message = tr("Anybody can change %1, so it cannot be relied on.").arg(path),
            .hint =
                tr("Let the administrator of this computer take that right away: chmod o-w %1").arg(path)};
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

QString SecurityPolicy::leastSslMode() const
{
    return required.rootCertificate.isEmpty()
               ? required.sslMode
               : stronger(ConnectionSecurity::sslModes(), required.sslMode, u"verify-ca"_s);
}

QString SecurityPolicy::defaultFile()
{
    return u"/etc/branchline/policy.conf"_s;
}

Result<SecurityPolicy> SecurityPolicy::read(const QString &path)
{
    SecurityPolicy policy;
    policy.systemRoots = lookForSystemRoots();
    // Neither a folder that may not be looked into is a missing file, nor a link that leads nowhere.
    const QFileInfo file(path);
    const QFileInfo folder(file.absolutePath());
    if (path.isEmpty() ||
        (!file.exists() && !file.isSymLink() && (!folder.exists() || folder.isExecutable())))
        return policy;
    if (!file.exists())
        return unreadable(path);
    const auto lines = readSettingsFile(path);
    if (!lines)
        return lines.error();
    if (file.permission(QFile::WriteOther))
        return writableByAll(path);
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
    if (url.isEmpty() || isLocalSocket(url))
        return url;
    QString root = policy.required.rootCertificate;
    if (root.isEmpty())
        root = chosen(url, "sslrootcert", "PGSSLROOTCERT", wish.rootCertificate);
    const QString mode =
        raised(url, ConnectionSecurity::sslModes(),
               modeWithRoot(chosen(url, "sslmode", "PGSSLMODE", wish.sslMode), root), policy.leastSslMode());
    const QString binding = raised(url, ConnectionSecurity::channelBindings(),
                                   chosen(url, "channel_binding", "PGCHANNELBINDING", wish.channelBinding),
                                   policy.required.channelBinding);
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

ConnectionSecurity protectionOf(const ConnectionUrl &url)
{
    return {.sslMode = url.value(u"sslmode"_s),
            .channelBinding = url.value(u"channel_binding"_s),
            .rootCertificate = url.value(u"sslrootcert"_s)};
}

ConnectionUrl withoutProtection(const ConnectionUrl &url)
{
    const ConnectionUrl bare =
        url.with(u"sslmode"_s, {}).with(u"channel_binding"_s, {}).with(u"sslrootcert"_s, {});
    return url.value(u"sslmode"_s).startsWith("verify-"_L1) ? bare.with(u"gssencmode"_s, {}) : bare;
}

} // namespace Branchline
