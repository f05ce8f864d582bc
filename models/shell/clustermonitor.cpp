// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/clustermonitor.h"

#include "db/config/connectionurl.h"
#include "models/watch.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement whoAmI{"who_am_i"_L1, "SELECT session_user::text AS login"_L1};
const Call probeCall{"probe"_L1, 1500ms};
constexpr int ticksBetweenReads = 30;
constexpr int slowMilliseconds = 500;

/// What is wrong, with the server's place in the words of people instead of the whole address.
QString problemOf(const DbError &error)
{
    static const QRegularExpression address(u" ?\\((postgres[^ )]*)\\)"_s);
    QString message = error.message;
    if (const auto match = address.match(message); match.hasMatch()) {
        const Result<ConnectionUrl> url = ConnectionUrl::parse(match.captured(1), {});
        QString place;
        if (url.isOk() && !url->host().isEmpty())
            place = ClusterMonitor::tr(" at %1, port %2")
                        .arg(url->host(), url->port().isEmpty() ? u"5432"_s : url->port());
        message.replace(match.capturedStart(), match.capturedLength(), place);
    }
    return u"%1 %2"_s.arg(message, error.hint).trimmed();
}

} // namespace

ClusterMonitor::ClusterMonitor(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{
    m_timer.setInterval(1s);
    connect(&m_timer, &QTimer::timeout, this, &ClusterMonitor::tick);
}

void ClusterMonitor::start()
{
    m_timer.start();
    tick();
}

void ClusterMonitor::tick()
{
    // Until the first directory is there, there is nothing to look at but main.
    if (m_ticksToDirectory-- <= 0 || m_cluster.directory()->shards().empty())
        readDirectory();
    probe(u"main"_s, tr("main database"), true, &m_cluster.main());
    probeShards();
    m_slow.refresh(m_cluster.statementLog());
    Q_EMIT changed(); // the gauges may have moved while every answer is still awaited
}

void ClusterMonitor::probeShards()
{
    const QStringList shards = m_cluster.shardNames();
    for (const QString &shard : shards)
        probe(shard + "_shard"_L1, shard, false, m_cluster.shard(shard));
}

void ClusterMonitor::readDirectory()
{
    if (m_readingDirectory)
        return;
    m_readingDirectory = true;
    m_ticksToDirectory = ticksBetweenReads;
    watch(m_cluster.refreshDirectory(), this, [this](const Result<DirectoryPtr> &directory) {
        m_readingDirectory = false;
        if (!directory.isOk())
            return;
        Q_EMIT directoryChanged();
        probeShards(); // the first directory tells which shards there are
    });
}

void ClusterMonitor::probe(const QString &name, const QString &label, bool isMain, Database *database)
{
    DatabaseState &state = stateOf(name, label, isMain);
    if (!database) {
        state.light = DatabaseState::Light::Down;
        state.problem = tr("The address of this shard is not configured. Add it to SHARDING_BRANCHES.");
        return;
    }
    state.pool = database->gauges();
    if (m_probing.contains(name))
        return;
    m_probing << name;
    const auto future = database->run(probeCall, [](Session &session) {
        const auto start = std::chrono::steady_clock::now();
        const QString login = session.exec(whoAmI)->row(0).text("login");
        const auto taken =
            std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
        return Answer{login, static_cast<int>(taken.count())};
    });
    watch(future, this, [this, name](const Result<Answer> &answer) { probed(name, answer); });
}

void ClusterMonitor::probed(const QString &name, const Result<Answer> &answer)
{
    m_probing.removeAll(name);
    const auto at = std::find_if(m_databases.begin(), m_databases.end(),
                                 [&](const DatabaseState &state) { return state.name == name; });
    if (at == m_databases.end())
        return;
    const bool wasDown = at->light == DatabaseState::Light::Down;
    if (answer.isOk()) {
        at->milliseconds = answer->milliseconds;
        at->light =
            at->milliseconds > slowMilliseconds ? DatabaseState::Light::Slow : DatabaseState::Light::Ok;
        at->problem.clear();
        at->since = {};
        if (m_login.isEmpty()) {
            m_login = answer->login;
            Q_EMIT loginKnown();
        }
    } else {
        noteFailure(*at, answer.error());
    }
    const QString label = at->isMain ? at->label : tr("shard %1").arg(at->label);
    Q_EMIT changed();
    if (wasDown && answer.isOk())
        Q_EMIT recovered(label);
}

void ClusterMonitor::noteFailure(DatabaseState &state, const DbError &error)
{
    // Who waits behind this program's own calls has learnt nothing about the database.
    const bool isOwnDoing = error.kind == DbErrorKind::PoolExhausted || error.kind == DbErrorKind::Canceled;
    if (!isOwnDoing) {
        if (state.light != DatabaseState::Light::Down)
            state.since = QDateTime::currentDateTime();
        state.light = DatabaseState::Light::Down;
    }
    state.problem = problemOf(error);
}

QString ClusterMonitor::summary() const
{
    qsizetype total = 0;
    QStringList missing;
    for (const DatabaseState &state : m_databases) {
        if (state.isMain)
            continue;
        ++total;
        if (state.light == DatabaseState::Light::Down)
            missing << state.label;
    }
    const bool isMainDown = std::any_of(m_databases.begin(), m_databases.end(), [](const auto &state) {
        return state.isMain && state.light == DatabaseState::Light::Down;
    });
    QString text;
    if (total > 0)
        text = tr("%1 of %2 shards").arg(total - missing.size()).arg(total);
    if (!missing.isEmpty())
        text = tr("%1, missing: %2").arg(text, missing.join(", "_L1));
    if (!isMainDown)
        return text;
    return text.isEmpty() ? tr("Main database does not answer")
                          : tr("Main database does not answer; %1").arg(text);
}

DatabaseState &ClusterMonitor::stateOf(const QString &name, const QString &label, bool isMain)
{
    const auto at = std::find_if(m_databases.begin(), m_databases.end(),
                                 [&](const DatabaseState &state) { return state.name == name; });
    if (at != m_databases.end())
        return *at;
    m_databases.push_back({.name = name, .label = label, .isMain = isMain});
    return m_databases.back();
}

} // namespace Branchline
