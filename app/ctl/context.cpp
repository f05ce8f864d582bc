// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"

#include "app/ctl/password.h"
#include "db/cluster/locallibrarysetup.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

void write(FILE *stream, const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stream);
    std::fputc('\n', stream);
    std::fflush(stream);
}

QString jsonOf(const QJsonObject &object, bool onOneLine)
{
    const auto format = onOneLine ? QJsonDocument::Compact : QJsonDocument::Indented;
    return QString::fromUtf8(QJsonDocument(object).toJson(format)).trimmed();
}

DbError notRunning(const QString &directory, bool exists)
{
    return {
        .kind = DbErrorKind::Unreachable,
        .message = exists
                       ? tr("The local library in %1 is not running.").arg(directory)
                       : tr("No library is configured, and there is no local library in %1.").arg(directory),
        .hint =
            tr("Start it with “branchlinectl local start”, or set DATABASE_URL to a server's main database."),
        .database = u"main"_s};
}

} // namespace

Context::Context(const QCommandLineParser &parser)
    : m_parser(parser)
    , m_arguments(parser.positionalArguments())
    , m_jsonLines(parser.optionNames().contains(u"json-lines"_s))
    , m_json(m_jsonLines || parser.isSet(u"json"_s))
{}

Context::~Context() = default;

QString Context::required(const QString &option) const
{
    const QString text = value(option);
    if (text.isEmpty())
        throw UsageError(tr("The option --%1 is missing.").arg(option));
    return text;
}

int Context::number(const QString &option, int least, int fallback) const
{
    if (!isSet(option))
        return fallback;
    bool isNumber = false;
    const int number = value(option).toInt(&isNumber);
    if (!isNumber || number < least)
        throw UsageError(tr("--%1 takes a whole number from %2 on.").arg(option).arg(least));
    return number;
}

const ClusterConfig &Context::config()
{
    if (!m_config) {
        ConfigSources sources;
        sources.commandLineUrl = value(u"database-url"_s);
        // --dir names the local library, whatever the environment says.
        if (isSet(u"dir"_s)) {
            sources.environment.remove(u"DATABASE_URL"_s);
            sources.files.clear();
        }
        m_config = ClusterConfig::load(sources).valueOrThrow();
    }
    return *m_config;
}

LocalOptions Context::localOptions() const
{
    return {.directory = isSet(u"dir"_s) ? value(u"dir"_s) : qEnvironmentVariable("BRANCHLINE_DIR")};
}

LocalLibrary Context::localLibrary(bool separateServers, const QStringList &shards) const
{
    LocalOptions options = localOptions();
    options.separateServers = separateServers;
    if (!shards.isEmpty())
        options.shards = shards;
    return LocalLibrary(options);
}

Cluster &Context::clusterAsIs()
{
    if (!m_cluster) {
        ClusterConfig resolved = config();
        if (resolved.usesLocalLibrary()) {
            const LocalStatus status = localLibrary().status().valueOrThrow();
            if (status.state == LocalStatus::State::Absent || status.state == LocalStatus::State::Stopped)
                throw DbException(notRunning(status.directory, status.state == LocalStatus::State::Stopped));
            resolved = withLocalLibrary(std::move(resolved), status);
        } else {
            signInAtTerminal(resolved);
        }
        m_cluster =
            std::make_unique<Cluster>(std::move(resolved), u"branchlinectl "_s + QSysInfo::machineHostName());
        m_reports = std::make_unique<ReportServer>(
            [this, since = QDateTime::currentDateTimeUtc()] { return reportOf(*m_cluster, since); });
    }
    return *m_cluster;
}

Cluster &Context::cluster()
{
    Cluster &cluster = clusterAsIs();
    if (cluster.directory()->shards().empty())
        await(cluster.refreshDirectory()).orThrow();
    return cluster;
}

AdminAddresses Context::adminAddresses()
{
    AdminAddresses addresses;
    const ClusterConfig &settings = config();
    if (settings.usesLocalLibrary()) {
        const LocalStatus status = localLibrary().status().valueOrThrow();
        if (!status.isRunning())
            throw DbException(notRunning(status.directory, status.state != LocalStatus::State::Absent));
        const LocalAddresses local = status.superuser();
        addresses.main = local.main;
        for (auto it = local.shards.cbegin(); it != local.shards.cend(); ++it)
            addresses.shards.emplace(it.key(), it.value());
        return addresses;
    }
    addresses.main = settings.main;
    const QStringList names = settings.shardNames.value_or(settings.shardUrls.keys());
    for (const QString &name : names) {
        if (!settings.shardUrls.contains(name)) {
            throw DbException({.kind = DbErrorKind::Configuration,
                               .message = tr("The address of the shard %1 is not set.").arg(name),
                               .hint = tr("Set DATABASE_URL_%1 beside DATABASE_URL.").arg(name.toUpper())});
        }
        addresses.shards.emplace(name, settings.shardUrls.value(name));
    }
    return addresses;
}

AdminAddresses Context::signedInAsAdmin()
{
    AdminAddresses addresses = adminAddresses();
    if (isLocal())
        return addresses;
    ClusterConfig config;
    config.main = addresses.main;
    for (const auto &[name, url] : addresses.shards)
        config.shardUrls.insert(name, url);
    signInAtTerminal(config);
    addresses.main = config.main;
    for (auto &[name, url] : addresses.shards)
        url = config.shardUrls.value(name);
    return addresses;
}

BranchEntry Context::branch(const QString &code)
{
    const DirectoryPtr directory = cluster().directory();
    if (const BranchEntry *entry = directory->branchByCode(code))
        return *entry;
    throw DbException({.kind = DbErrorKind::NotFound,
                       .message = tr("There is no branch with the code “%1”.").arg(code.left(60)),
                       .hint = tr("List the branches with “branchlinectl branch list”.")});
}

int Context::finish(const QJsonObject &object, const QString &text, int status)
{
    write(stdout, m_json ? jsonOf(object, m_jsonLines) : text);
    return status;
}

int Context::fail(const DbError &error)
{
    if (m_json)
        write(stdout, jsonOf(errorObject(error), m_jsonLines));
    write(stderr, errorText(error));
    return statusOf(error);
}

void Context::say(const QString &line) const
{
    if (!m_json)
        write(stderr, line);
}

void Context::note(const QString &line) const
{
    write(stderr, line);
}

void Context::printLine(const QString &line) const
{
    write(stdout, line);
}

void Context::printLine(const QJsonObject &object) const
{
    write(stdout, jsonOf(object, true));
}

int statusOf(const DbError &error)
{
    if (error.isUnavailable())
        return NotReachable;
    if (error.kind == DbErrorKind::Configuration)
        return WrongUsage;
    if (error.kind == DbErrorKind::Internal)
        return InternalError;
    return Refused;
}

QJsonObject errorObject(const DbError &error)
{
    return {{u"error"_s, QJsonObject{{u"kind"_s, error.kindName()},
                                     {u"message"_s, error.message},
                                     {u"hint"_s, jsonText(error.hint)},
                                     {u"database"_s, jsonText(error.database)}}}};
}

QString errorText(const DbError &error)
{
    QString text = "branchlinectl: "_L1 + error.message;
    if (error.kind == DbErrorKind::Internal && !error.statement.isEmpty())
        text += tr(" (%1 on %2)").arg(error.statement, error.database);
    if (!error.hint.isEmpty())
        text += u"\n  "_s + error.hint;
    if (!error.detail.isEmpty() && error.kind == DbErrorKind::Unreachable)
        text += u'\n' + error.detail; // the last lines of a server that did not start
    return text;
}

QJsonValue jsonTime(const QDateTime &time)
{
    return time.isValid() ? QJsonValue(time.toUTC().toString(Qt::ISODate)) : QJsonValue(QJsonValue::Null);
}

QJsonValue jsonText(const QString &text)
{
    return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
}

QString coverageText(int answered, int total, const QStringList &missing)
{
    const QString text = tr("%1 of %2 shards answered").arg(answered).arg(total);
    return missing.isEmpty() ? text + u'.' : text + tr(", missing: %1.").arg(missing.join(", "_L1));
}

QJsonObject coverageObject(const QMap<QString, ShardState> &states)
{
    QJsonArray missing;
    QJsonObject words;
    for (auto it = states.cbegin(); it != states.cend(); ++it) {
        if (it.value() != ShardState::Answered)
            missing.append(it.key());
        words.insert(it.key(), shardStateName(it.value()));
    }
    return {{u"answered"_s, states.size() - missing.size()},
            {u"total"_s, states.size()},
            {u"missing"_s, missing},
            {u"states"_s, words}};
}

int rowLimit(const Context &context)
{
    return context.number(u"limit"_s, 1, 1000);
}

QCommandLineOption limitOption()
{
    return {u"limit"_s, tr("At most this many rows (default 1000)."), u"N"_s};
}

QString cutNote(bool isCut, int limit)
{
    return isCut ? u'\n' + tr("These are the first %1; --limit N lists more.").arg(limit) : QString();
}

QString table(const QStringList &headers, const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    for (qsizetype column = 0; column < headers.size(); ++column) {
        qsizetype width = headers.at(column).size();
        for (const QStringList &row : rows)
            width = std::max(width, row.value(column).size());
        widths << width;
    }
    const auto line = [&](const QStringList &cells) {
        QString text;
        for (qsizetype column = 0; column < widths.size(); ++column)
            text += cells.value(column).leftJustified(widths.at(column) + 2);
        while (text.endsWith(u' '))
            text.chop(1);
        return text;
    };
    QStringList lines{line(headers)};
    for (const QStringList &row : rows)
        lines << line(row);
    return lines.join(u'\n');
}

} // namespace Branchline::Ctl
