// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/clusterconfig.h"

#include "db/config/settingsfile.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStandardPaths>

#include <functional>
#include <vector>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ClusterConfig", text);
}

constexpr auto urlPrefix = "DATABASE_URL_"_L1;

struct Source
{
    QString label;
    QMap<QString, QString> values;
    bool mayHoldPassword = false; ///< nobody but the person sees it
};

DbError wrongValue(const QString &variable, const QString &value, const QString &accepted)
{
    // Only tuning variables come here, whose values are no secrets; but an address may have been pasted into
    // the wrong one.
    static const QRegularExpression partOfAddress(u"[:/@=]"_s);
    return {.kind = DbErrorKind::Configuration,
            .message = value.contains(partOfAddress)
                           ? tr("%1 has a value that it cannot have.").arg(variable)
                           : tr("%1 is “%2”, which it cannot be.").arg(variable, value.left(40)),
            .hint = tr("Set it to %1, or remove it.").arg(accepted)};
}

Result<qint64> wholeNumber(const QString &variable, const QString &text, qint64 least, qint64 most)
{
    bool isNumber = false;
    const qint64 number = text.trimmed().toLongLong(&isNumber);
    if (!isNumber || number < least || number > most)
        return wrongValue(variable, text, tr("a whole number from %1 to %2").arg(least).arg(most));
    return number;
}

Result<bool> yesOrNo(const QString &variable, const QString &text)
{
    const QString value = text.trimmed().toLower();
    if (value == "true"_L1 || value == "1"_L1 || value == "yes"_L1 || value == "on"_L1)
        return true;
    if (value == "false"_L1 || value == "0"_L1 || value == "no"_L1 || value == "off"_L1)
        return false;
    return wrongValue(variable, text, tr("true or false"));
}

Result<std::vector<Source>> readSources(const ConfigSources &sources)
{
    std::vector<Source> list;
    if (!sources.commandLineUrl.isEmpty())
        list.push_back({u"--database-url"_s, {{u"DATABASE_URL"_s, sources.commandLineUrl}}});
    Source environment{tr("the environment"), {}, true};
    const QStringList names = sources.environment.keys();
    for (const QString &name : names)
        environment.values.insert(name, sources.environment.value(name));
    list.push_back(environment);
    for (const QString &path : sources.files) {
        auto values = readSettingsFile(path);
        if (!values)
            return values.error();
        list.push_back({path, *values});
    }
    list.push_back({tr("the window"), sources.remembered});
    return list;
}

/// A password that others could read is refused; another one is at least told about.
Result<Done> checkPassword(const ConnectionUrl &url, const QString &variable, const Source &source,
                           ClusterConfig &config)
{
    if (!url.hasPassword() && url.value(u"sslpassword"_s).isEmpty())
        return Done{};
    if (!source.mayHoldPassword)
        return passwordInAddress(variable);
    config.warnings << tr("%1 holds a password; ~/.pgpass keeps it safer.").arg(variable);
    return Done{};
}

Result<Done> readShards(const Source &source, ClusterConfig &config)
{
    if (source.values.contains(u"SHARDING_BRANCHES"_s)) {
        QStringList names;
        const QStringList parts = source.values.value(u"SHARDING_BRANCHES"_s).split(u',', Qt::SkipEmptyParts);
        for (const QString &part : parts) {
            const QString name = part.trimmed().toLower();
            if (!isShardName(name) || names.contains(name))
                return wrongValue(
                    u"SHARDING_BRANCHES"_s, part,
                    tr("names separated by commas, each of letters, digits and underscores and named "
                       "once, such as main,secondary"));
            names << name;
        }
        if (names.isEmpty())
            return wrongValue(u"SHARDING_BRANCHES"_s, {}, tr("at least one shard name"));
        config.shardNames = names;
    }

    for (auto it = source.values.cbegin(); it != source.values.cend(); ++it) {
        if (!it.key().startsWith(urlPrefix))
            continue;
        const QString name = it.key().mid(urlPrefix.size()).toLower();
        if (!isShardName(name)) {
            config.warnings
                << tr("%1 does not count: a shard's name begins with a letter.").arg(it.key().left(60));
            continue;
        }
        if (config.shardNames && !config.shardNames->contains(name)) {
            config.warnings << tr("%1 is set, but SHARDING_BRANCHES does not name this shard.").arg(it.key());
            continue;
        }
        const auto url = ConnectionUrl::parse(it.value(), it.key());
        if (!url)
            return url.error();
        config.shardUrls.insert(name, *url);
        if (const auto checked = checkPassword(*url, it.key(), source, config); !checked)
            return checked;
    }
    return Done{};
}

Result<Done> readAddresses(const std::vector<Source> &sources, ClusterConfig &config)
{
    for (const Source &source : sources) {
        if (!source.values.contains(u"DATABASE_URL"_s)) {
            const bool partial = source.values.contains(u"SHARDING_BRANCHES"_s);
            if (partial)
                config.warnings
                    << tr("SHARDING_BRANCHES of %1 does not count, since DATABASE_URL is not set there.")
                           .arg(source.label);
            continue;
        }
        const QString variable = source.label.startsWith("--"_L1) ? source.label : u"DATABASE_URL"_s;
        const auto url = ConnectionUrl::parse(source.values.value(u"DATABASE_URL"_s), variable);
        if (!url)
            return url.error();
        config.main = *url;
        config.source = source.label;
        if (const auto checked = checkPassword(*url, variable, source, config); !checked)
            return checked;
        return readShards(source, config);
    }
    return Done{};
}

QString firstValue(const std::vector<Source> &sources, const QString &variable)
{
    for (const Source &source : sources) {
        if (source.values.contains(variable))
            return source.values.value(variable);
    }
    return {};
}

/// A whole number that a variable may set; nothing changes where it is not set.
struct Limit
{
    QString variable;
    qint64 least;
    qint64 most;
    std::function<void(ClusterConfig &, qint64)> apply;
};

const std::vector<Limit> &limits()
{
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    static const std::vector<Limit> list{
        {u"DATABASE_POOL_SIZE"_s, 1, 1000, [](auto &c, qint64 n) { c.pool.size = static_cast<int>(n); }},
        {u"DATABASE_MAX_OVERFLOW"_s, 0, 1000,
         [](auto &c, qint64 n) { c.pool.maxOverflow = static_cast<int>(n); }},
        {u"DATABASE_POOL_TIMEOUT"_s, 1, 3600, [](auto &c, qint64 n) { c.pool.acquireTimeout = seconds(n); }},
        {u"DATABASE_POOL_RECYCLE"_s, 1, 1000000, [](auto &c, qint64 n) { c.pool.recycle = seconds(n); }},
        {u"DATABASE_STATEMENT_TIMEOUT_MS"_s, 1, 3600000,
         [](auto &c, qint64 n) { c.statementTimeout = milliseconds(n); }},
        {u"DATABASE_SLOW_QUERY_MS"_s, 0, 1000000, [](auto &c, qint64 n) { c.slowQuery = milliseconds(n); }}};
    return list;
}

Result<Done> readLimits(const std::vector<Source> &sources, ClusterConfig &config)
{
    for (const Limit &limit : limits()) {
        const QString text = firstValue(sources, limit.variable);
        if (text.isEmpty())
            continue;
        const auto number = wholeNumber(limit.variable, text, limit.least, limit.most);
        if (!number)
            return number.error();
        limit.apply(config, *number);
    }
    const QString echo = firstValue(sources, u"SQL_ECHO"_s);
    if (!echo.isEmpty()) {
        const auto flag = yesOrNo(u"SQL_ECHO"_s, echo);
        if (!flag)
            return flag.error();
        config.sqlEcho = *flag;
    }
    return Done{};
}

/// The sources of what addresses do not say about their protection. What was chosen in the window was chosen
/// for the address that was chosen there: it goes before all others there, and is nothing to other addresses.
std::vector<Source> sourcesOfSecurity(std::vector<Source> sources, const ClusterConfig &config)
{
    const Source window = sources.back();
    sources.pop_back();
    if (config.source == window.label)
        sources.insert(sources.begin(), window);
    return sources;
}

Result<Done> readSecurity(const std::vector<Source> &allSources, ClusterConfig &config)
{
    const std::vector<Source> sources = sourcesOfSecurity(allSources, config);
    const auto check = [&](const QString &variable, const QStringList &accepted,
                           QString &target) -> Result<Done> {
        target = firstValue(sources, variable).trimmed();
        if (!target.isEmpty() && !accepted.isEmpty() && !accepted.contains(target))
            return wrongValue(variable, target, tr("one of %1").arg(accepted.join(u", "_s)));
        return Done{};
    };
    ConnectionSecurity &wish = config.security;
    auto done = check(u"DATABASE_SSLMODE"_s, ConnectionSecurity::sslModes(), wish.sslMode);
    if (done)
        done =
            check(u"DATABASE_CHANNEL_BINDING"_s, ConnectionSecurity::channelBindings(), wish.channelBinding);
    if (done)
        done = check(u"DATABASE_SSLROOTCERT"_s, {}, wish.rootCertificate);
    if (!done)
        return done;
    config.main = secured(config.main, wish, config.policy);
    for (ConnectionUrl &url : config.shardUrls)
        url = secured(url, wish, config.policy);
    return Done{};
}

} // namespace

DbError passwordInAddress(const QString &place)
{
    return {.kind = DbErrorKind::Configuration,
            .message = tr("%1 holds a password, where others could read it.").arg(place),
            .hint = tr("Take it out of the address; put it into ~/.pgpass, or type it when you are asked.")};
}

QStringList ConfigSources::defaultFiles()
{
    return {QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
                "/branchline/branchline.conf"_L1,
            u"/etc/branchline/branchline.conf"_s};
}

Result<ClusterConfig> ClusterConfig::load(const ConfigSources &sources, const PoolSettings &pool)
{
    const auto read = readSources(sources);
    if (!read)
        return read.error();
    const auto policy = SecurityPolicy::read(sources.policyFile);
    if (!policy)
        return policy.error();
    ClusterConfig config;
    config.pool = pool;
    config.policy = *policy;
    for (const auto step : {readAddresses, readSecurity, readLimits}) {
        const auto done = step(*read, config);
        if (!done)
            return done.error();
    }
    return config;
}

bool isShardName(const QString &name)
{
    static const QRegularExpression form(u"\\A[a-z][a-z0-9_]{0,30}\\z"_s);
    return form.match(name).hasMatch();
}

} // namespace Branchline
