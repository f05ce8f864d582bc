// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/connectionurl.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QUrl>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ConnectionUrl", text);
}

DbError unusable(const QString &source, const QString &reason)
{
    return {.kind = DbErrorKind::Configuration,
            .message = tr("%1 is not a usable database address: %2.").arg(source, reason),
            .hint = tr(
                "Write it as postgresql://user@host:5432/database; several hosts are separated by commas."),
            .database = {},
            .statement = {},
            .sqlState = {},
            .detail = {}};
}

/// libpq quotes what it could not read, and that may be the password.
QString withoutQuotes(const char *message)
{
    static const QRegularExpression quoted(u"\\s*\"[^\"]*\""_s,
                                           QRegularExpression::DotMatchesEverythingOption);
    QString text = QString::fromUtf8(message).trimmed();
    text.remove(quoted);
    // An unbalanced quote would leave the rest of the address standing.
    if (const auto quote = text.indexOf(u'"'); quote >= 0)
        text.truncate(quote);
    while (text.endsWith(u':') || text.endsWith(u' ') || text.endsWith(u'.'))
        text.chop(1);
    return text.isEmpty() ? tr("PostgreSQL cannot read it") : text;
}

QString percentEncoded(const QString &text)
{
    return QString::fromLatin1(QUrl::toPercentEncoding(text));
}

QString quotedForConnInfo(QString value)
{
    value.replace(u'\\', "\\\\"_L1).replace(u'\'', "\\'"_L1);
    return u'\'' + value + u'\'';
}

QString hostList(const ConnectionUrl &url)
{
    return url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host();
}

/// libpq counts them only when it connects.
bool listsMatch(const ConnectionUrl &url)
{
    const auto hosts = hostList(url).count(u',');
    const auto ports = url.port().count(u',');
    const QString addresses = url.value(u"hostaddr"_s);
    return (ports == 0 || ports == hosts) && (addresses.isEmpty() || addresses.count(u',') == hosts);
}

/// Whether "host:port,host:port" says all of it.
bool fitsAuthority(const QString &hosts, const QString &ports)
{
    if (hosts.contains(u'/') || hosts.contains(u':') || hosts.contains(u'@'))
        return false;
    if (!hosts.contains(u','))
        return true;
    return hosts.count(u',') == ports.count(u',') && !hosts.split(u',').contains(QString());
}

QString authorityOf(const QString &hosts, const QString &ports)
{
    const QStringList hostNames = hosts.split(u',');
    const QStringList portNumbers = ports.split(u',');
    QStringList pairs;
    for (qsizetype i = 0; i < hostNames.size(); ++i)
        pairs << (portNumbers.value(i).isEmpty() ? hostNames.at(i)
                                                 : hostNames.at(i) + u':' + portNumbers.at(i));
    return pairs.join(u',');
}

/// libpq reads ports only when it connects; a wrong one is better told at once.
bool portsAreValid(const QString &ports)
{
    const QStringList list = ports.split(u',');
    return std::all_of(list.begin(), list.end(), [](const QString &port) {
        bool isNumber = false;
        const int number = port.toInt(&isNumber);
        return port.isEmpty() || (isNumber && number >= 1 && number <= 65535);
    });
}

} // namespace

Result<ConnectionUrl> ConnectionUrl::parse(const QString &text, const QString &source)
{
    if (text.trimmed().isEmpty())
        return unusable(source, tr("it is empty"));

    char *message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(text.trimmed().toUtf8().constData(), &message), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> messageOwner(message, PQfreemem);
    if (!options)
        return unusable(source, message ? withoutQuotes(message) : tr("PostgreSQL cannot read it"));

    ConnectionUrl url;
    for (const PQconninfoOption *option = options.get(); option->keyword; ++option) {
        if (!option->val || !*option->val)
            continue;
        const QString keyword = QString::fromLatin1(option->keyword);
        const QString value = QString::fromUtf8(option->val);
        // The driver turns ';' into a blank, which would connect to something else without a word.
        if (keyword != "password"_L1 && value.contains(u';'))
            return unusable(source, tr("the value of “%1” contains a semicolon").arg(keyword));
        url.m_values.insert(keyword, value);
    }
    if (url.database().isEmpty())
        return unusable(source, tr("it names no database"));
    if (!portsAreValid(url.port()))
        return unusable(source, tr("a port is a number from 1 to 65535"));
    if (!listsMatch(url))
        return unusable(source, tr("it has another number of ports than of hosts"));
    return url;
}

ConnectionUrl ConnectionUrl::with(const QString &keyword, const QString &value) const
{
    ConnectionUrl copy = *this;
    if (value.isEmpty())
        copy.m_values.remove(keyword);
    else
        copy.m_values.insert(keyword, value);
    return copy;
}

bool ConnectionUrl::hasSeveralHosts() const
{
    return hostList(*this).contains(u',');
}

ConnectionUrl ConnectionUrl::forWriting() const
{
    const QString wanted = u"target_session_attrs"_s;
    return hasSeveralHosts() && value(wanted).isEmpty() ? with(wanted, u"read-write"_s) : *this;
}

QString ConnectionUrl::display() const
{
    return uri(false);
}

QString ConnectionUrl::toUri() const
{
    return uri(true);
}

QString ConnectionUrl::uri(bool withPassword) const
{
    QString authority;
    if (!user().isEmpty()) {
        authority = percentEncoded(user());
        if (withPassword && hasPassword())
            authority += u':' + percentEncoded(value(u"password"_s));
        authority += u'@';
    }

    // Socket folders and lists with one port for all are clearer as parameters than inside the authority.
    const bool plainHost = fitsAuthority(host(), port());
    if (plainHost)
        authority += authorityOf(host(), port());

    QStringList parameters;
    for (auto it = m_values.cbegin(); it != m_values.cend(); ++it) {
        const bool placed = it.key() == "user"_L1 || it.key() == "dbname"_L1 ||
                            (plainHost && (it.key() == "host"_L1 || it.key() == "port"_L1));
        const bool secret = it.key().contains("password"_L1);
        const bool inAuthority = it.key() == "password"_L1 && !user().isEmpty();
        if (!placed && (!secret || (withPassword && !inAuthority)))
            parameters << it.key() + u'=' + percentEncoded(it.value());
    }
    QString text = "postgresql://"_L1 + authority + u'/' + percentEncoded(database());
    if (!parameters.isEmpty())
        text += u'?' + parameters.join(u'&');
    return text;
}

QString ConnectionUrl::toConnInfo() const
{
    QStringList parts;
    for (auto it = m_values.cbegin(); it != m_values.cend(); ++it)
        parts << it.key() + u'=' + quotedForConnInfo(it.value());
    return parts.join(u' ');
}

} // namespace Branchline
