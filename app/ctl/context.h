// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/command.h"
#include "db/cluster/initialise.h"
#include "db/local/locallibrary.h"
#include "db/monitor/reportserver.h"
#include "db/routing/fanout.h"

#include <QCommandLineParser>
#include <QJsonObject>

#include <memory>

namespace Branchline::Ctl {

/// What a command works with: its parsed command line, the library it names, and the one place that writes to
/// stdout.
class Context final
{
public:
    explicit Context(const QCommandLineParser &parser);
    ~Context();
    Q_DISABLE_COPY_MOVE(Context)

    /// Whether the output is for scripts: --json or --json-lines.
    [[nodiscard]] bool isJson() const { return m_json; }
    /// Whether it is one JSON object per line, each printed when it is known.
    [[nodiscard]] bool isJsonLines() const { return m_jsonLines; }
    [[nodiscard]] const QStringList &arguments() const { return m_arguments; }
    [[nodiscard]] bool isSet(const QString &option) const { return m_parser.isSet(option); }
    [[nodiscard]] QString value(const QString &option) const { return m_parser.value(option).trimmed(); }
    [[nodiscard]] QStringList values(const QString &option) const { return m_parser.values(option); }
    /// The value of an option that must be given.
    [[nodiscard]] QString required(const QString &option) const;
    /// A whole number from `least` on, or `fallback` when the option is not given.
    [[nodiscard]] int number(const QString &option, int least, int fallback) const;

    /// The settings; throws Configuration.
    [[nodiscard]] const ClusterConfig &config();
    /// The local library of --dir, BRANCHLINE_DIR, or the default folder.
    [[nodiscard]] LocalOptions localOptions() const;
    /// `shards`: when it is made; empty: the usual ones.
    [[nodiscard]] LocalLibrary localLibrary(bool separateServers = false,
                                            const QStringList &shards = {}) const;
    /// The library with its directory read. With the local library, which must run, one signs in as an
    /// ordinary staff login.
    [[nodiscard]] Cluster &cluster();
    /// As cluster(), but does not need main: for commands that say what is not reachable.
    [[nodiscard]] Cluster &clusterAsIs();
    /// Superuser addresses for init and migrate.
    [[nodiscard]] AdminAddresses adminAddresses();
    /// The same, with the password if one has to be typed.
    [[nodiscard]] AdminAddresses signedInAsAdmin();
    /// Whether those belong to the local library.
    [[nodiscard]] bool isLocal() { return config().usesLocalLibrary(); }

    /// The branch with a code; throws NotFound.
    [[nodiscard]] BranchEntry branch(const QString &code);

    /// Writes the result, as an object or as text, and returns `status`.
    int finish(const QJsonObject &object, const QString &text, int status = Success);
    /// Writes an error and returns its exit status.
    int fail(const DbError &error);
    /// A line for people about what is going on; nothing with --json.
    void say(const QString &line) const;
    /// The same for what must be known whatever the form of the output: to stderr.
    void note(const QString &line) const;
    /// A line of the result, before the command ends.
    void printLine(const QString &line) const;
    void printLine(const QJsonObject &object) const;

private:
    const QCommandLineParser &m_parser;
    const QStringList m_arguments;
    const bool m_jsonLines;
    const bool m_json;
    std::optional<ClusterConfig> m_config;
    std::unique_ptr<Cluster> m_cluster;
    std::unique_ptr<ReportServer> m_reports; ///< says what m_cluster does; goes before it
};

/// The exit status that belongs to an error.
[[nodiscard]] int statusOf(const DbError &error);
[[nodiscard]] QJsonObject errorObject(const DbError &error);
/// The error in words: message and next step.
[[nodiscard]] QString errorText(const DbError &error);

/// ISO 8601 in UTC, or JSON null.
[[nodiscard]] QJsonValue jsonTime(const QDateTime &time);
/// null for an empty text.
[[nodiscard]] QJsonValue jsonText(const QString &text);
/// "3 of 3 shards answered" and what is missing, for people.
[[nodiscard]] QString coverageText(int answered, int total, const QStringList &missing);
/// {"answered", "total", "missing", "states": {shard: "answered" | "late" | "down" | "moved"}}
[[nodiscard]] QJsonObject coverageObject(const QMap<QString, ShardState> &states);
template <typename Value>
[[nodiscard]] QJsonObject coverageObject(const Combined<Value> &answers)
{
    QMap<QString, ShardState> states;
    for (const auto &answer : answers.shards)
        states.insert(answer.shard, answer.state());
    return coverageObject(states);
}

/// How many rows a list may have: --limit, or 1000.
[[nodiscard]] int rowLimit(const Context &context);
/// The option --limit of a list.
[[nodiscard]] QCommandLineOption limitOption();
/// What to say below a list that was cut, with a line end in front; empty for one that is whole.
[[nodiscard]] QString cutNote(bool isCut, int limit);
/// Cuts a list that was asked for with one row more than the limit; true when there was one.
template <typename Row>
[[nodiscard]] bool cutTo(int limit, std::vector<Row> &rows)
{
    const bool isCut = rows.size() > static_cast<size_t>(limit);
    if (isCut)
        rows.resize(static_cast<size_t>(limit));
    return isCut;
}

/// Rows of text under headers, with columns as wide as their contents.
[[nodiscard]] QString table(const QStringList &headers, const QList<QStringList> &rows);

} // namespace Branchline::Ctl
