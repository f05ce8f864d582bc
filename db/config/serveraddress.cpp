// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/serveraddress.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// What libpq takes: the address's own value, else the environment's.
QString valueOr(const ConnectionUrl &url, const QString &keyword, const char *variable)
{
    const QString own = url.value(keyword);
    return own.isEmpty() ? qEnvironmentVariable(variable) : own;
}

bool isSocketFolder(const QString &host)
{
    return host.isEmpty() || host.startsWith(u'/') || host.startsWith(u'@');
}

} // namespace

bool usesService(const ConnectionUrl &url)
{
    return !valueOr(url, u"service"_s, "PGSERVICE").isEmpty();
}

bool isLocalSocket(const ConnectionUrl &url)
{
    const QStringList addresses = valueOr(url, u"hostaddr"_s, "PGHOSTADDR").split(u',');
    const bool isNumeric =
        std::any_of(addresses.begin(), addresses.end(), [](const QString &one) { return !one.isEmpty(); });
    const QStringList hosts = valueOr(url, u"host"_s, "PGHOST").split(u',');
    return !isNumeric && !usesService(url) && std::all_of(hosts.begin(), hosts.end(), isSocketFolder);
}

QString serverKey(const ConnectionUrl &url)
{
    QString host = url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host();
    if (host.isEmpty())
        host = valueOr(url, u"service"_s, "PGSERVICE");
    if (host.isEmpty())
        host = qEnvironmentVariable("PGHOST");
    const QString port = valueOr(url, u"port"_s, "PGPORT");
    return host + u':' + (port.isEmpty() ? u"5432"_s : port) + u'/' + url.database();
}

} // namespace Branchline
