// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include "db/cluster/locallibrarysetup.h"

#include <QDeadlineTimer>
#include <QTest>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

template <typename T>
T need(Result<T> result, const char *what)
{
    if (!result)
        qFatal("%s: %s", what, qPrintable(result.error().message + u' ' + result.error().detail));
    return std::move(result.value());
}

} // namespace

PreparedLibrary::PreparedLibrary(TestLibrary::Servers servers, QStringList shards)
    : m_shards(shards)
    , m_servers(std::move(shards), servers)
{
    // The directory's copy on disk belongs to the test, not to whoever runs it.
    qputenv("XDG_CACHE_HOME", m_cache.path().toLocal8Bit());
}

PreparedLibrary::~PreparedLibrary() = default;

bool PreparedLibrary::start()
{
    if (!m_servers.start()) {
        m_errorText = m_servers.errorText();
        return false;
    }
    const auto prepared = prepareLocalLibrary(m_servers.library(), false, {});
    if (!prepared) {
        m_errorText = prepared.error().message + u' ' + prepared.error().detail;
        return false;
    }
    m_cluster = newCluster();
    sql(u"main"_s, u"INSERT INTO user_types (code, name) VALUES ('settled', '0')"_s);
    settle();
    return true;
}

AdminAddresses PreparedLibrary::adminAddresses() const
{
    const LocalAddresses local = m_servers.superuser();
    AdminAddresses addresses{.main = local.main, .shards = {}};
    for (auto it = local.shards.cbegin(); it != local.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    return addresses;
}

std::unique_ptr<Cluster> PreparedLibrary::newCluster(const QString &application, bool echo) const
{
    ClusterConfig config;
    config.main = m_servers.desk().main;
    config.sqlEcho = echo;
    auto cluster = std::make_unique<Cluster>(config, application);
    need(await(cluster->refreshDirectory()), "read the directory");
    return cluster;
}

std::unique_ptr<Session> PreparedLibrary::newSession(const QString &database, const QString &user) const
{
    auto session = std::make_unique<Session>(SessionSettings{.database = database,
                                                             .url = m_servers.url(database, user),
                                                             .application = u"test session"_s,
                                                             .statementTimeout = std::chrono::seconds(60),
                                                             .echo = false});
    session->open();
    return session;
}

Rows PreparedLibrary::sql(const QString &database, const QString &text)
{
    return need(trySql(database, text), qPrintable(text));
}

Result<Rows> PreparedLibrary::trySql(const QString &database, const QString &text)
{
    const QByteArray statement = text.toUtf8();
    try {
        return superuser(database).exec({QLatin1StringView(statement), QLatin1StringView(statement)});
    } catch (const DbException &e) {
        return e.error();
    }
}

void PreparedLibrary::ddl(const QString &database, const QString &text)
{
    try {
        superuser(database).execText(text, text);
    } catch (const DbException &e) {
        qFatal("%s: %s", qPrintable(text), qPrintable(e.error().message));
    }
}

Session &PreparedLibrary::superuser(const QString &database)
{
    std::unique_ptr<Session> &session = m_superuser[database];
    if (!session || !session->isUsable())
        session = newSession(database, LocalLibrary::superuserName());
    return *session;
}

QString PreparedLibrary::value(const QString &database, const QString &text)
{
    const Rows rows = sql(database, text);
    return rows->rowCount() > 0 ? rows->at(0, 0).toString() : QString();
}

int PreparedLibrary::countOnShards(const QString &text)
{
    int sum = 0;
    for (const QString &shard : m_shards)
        sum += value(shard + "_shard"_L1, text).toInt();
    return sum;
}

/// The stream keeps the order of commits, so whatever was committed before this mark is there when it is.
void PreparedLibrary::settle()
{
    const QString mark = nextName(u"mark"_s);
    sql(u"main"_s, u"UPDATE user_types SET name = '%1' WHERE code = 'settled'"_s.arg(mark));
    const QDeadlineTimer deadline(10000);
    for (const QString &shard : m_shards) {
        const QString database = shard + "_shard"_L1;
        while (value(database, u"SELECT name FROM user_types WHERE code = 'settled'"_s) != mark) {
            if (deadline.hasExpired())
                qFatal("main's rows do not reach %s.", qPrintable(database));
            QTest::qWait(2);
        }
    }
}

void PreparedLibrary::reach()
{
    const auto ask = [](Session &session) {
        return session.exec({"reach"_L1, "SELECT 1 AS one"_L1})->rowCount();
    };
    for (const QString &shard : m_shards) {
        Database *const database = m_cluster->shard(shard);
        if (!database ||
            !QTest::qWaitFor([&] { return await(database->run(Call{"reach"_L1}, ask)).isOk(); }, 20000))
            qFatal("%s is not reached.", qPrintable(shard));
    }
}

BranchEntry PreparedLibrary::addBranch(const QString &shard, const QString &timezone)
{
    const QString code = nextName(u"branch"_s);
    NewBranch branch{.code = code, .name = "The "_L1 + code, .timezone = timezone, .shard = shard};
    return need(Branchline::addBranch(*m_cluster, branch), "add a branch");
}

QString PreparedLibrary::addPatron(const BranchEntry &home, const QString &type)
{
    const QString card = nextName(u"card"_s);
    need(await(Branchline::addPatron(
             *m_cluster, {.card = card, .familyName = card, .typeCode = type, .homeBranch = home.id})),
         "add a patron");
    settle();
    return card;
}

QUuid PreparedLibrary::addBook()
{
    const NewBook book{.title = nextName(u"Book"_s), .authors = {u"Test Author"_s}};
    return need(await(Branchline::addBook(*m_cluster, book)), "add a book").id;
}

QString PreparedLibrary::addCopy(const BranchEntry &branch, const QString &material)
{
    const NewCopy copy{
        .branch = branch.id, .book = addBook(), .barcode = nextName(u"copy"_s), .material = material};
    need(await(Branchline::addCopy(*m_cluster, copy)), "add a copy");
    return copy.barcode;
}

QString PreparedLibrary::setRule(const BranchEntry *branch, const QString &userType, const QString &material,
                                 const QString &period, int mostLoans, int mostRenewals)
{
    const auto literal = [](const QString &text) { return text.isEmpty() ? u"NULL"_s : u"'%1'"_s.arg(text); };
    const QString number = period.section(u' ', 0, 0);
    const bool inDays = period.endsWith("days"_L1);
    const QString rule = value(
        u"main"_s, u"SELECT set_loan_rule(%1, %2, %3, %4, %5, %6, %7)"_s.arg(
                       literal(branch ? branch->id.toString(QUuid::WithoutBraces) : QString()),
                       literal(userType), literal(material), inDays ? number : u"NULL"_s,
                       inDays ? u"NULL"_s : number, mostLoans < 0 ? u"NULL"_s : QString::number(mostLoans),
                       mostRenewals < 0 ? u"NULL"_s : QString::number(mostRenewals)));
    settle();
    return rule;
}

CirculationAnswer PreparedLibrary::lend(const BranchEntry &desk, const QString &barcode, const QString &card,
                                        const QUuid &request)
{
    return await(checkOut(*m_cluster,
                          {.requestId = request, .deskBranch = desk.id, .barcode = barcode, .card = card}));
}

CirculationAnswer PreparedLibrary::takeBack(const BranchEntry &desk, const QString &barcode,
                                            const QUuid &request)
{
    return await(checkIn(*m_cluster, {.requestId = request, .deskBranch = desk.id, .barcode = barcode}));
}

CirculationAnswer PreparedLibrary::renew(const BranchEntry &desk, const QString &barcode,
                                         const QUuid &request)
{
    return await(
        Branchline::renew(*m_cluster, {.requestId = request, .deskBranch = desk.id, .barcode = barcode}));
}

CirculationAnswer PreparedLibrary::undo(const BranchEntry &desk, const CirculationAnswer &done,
                                        const QUuid &request)
{
    return await(Branchline::undo(*m_cluster, {.requestId = request,
                                               .deskBranch = desk.id,
                                               .copyBranch = done.copyBranch,
                                               .undoneRequestId = done.requestId,
                                               .barcode = done.barcode}));
}

QString PreparedLibrary::nextName(const QString &prefix)
{
    return u"%1-%2"_s.arg(prefix).arg(++m_names);
}

QStringList reasonCodes(const CirculationAnswer &answer)
{
    QStringList codes;
    for (const Reason &reason : answer.reasons)
        codes << reason.code;
    return codes;
}

QByteArray describe(const CirculationAnswer &answer)
{
    QStringList parts{outcomeName(answer.outcome), answer.dueAt.toString(Qt::ISODate), answer.rule};
    for (const Reason &reason : answer.reasons)
        parts << reason.code + ": "_L1 + reason.text;
    if (answer.error)
        parts << answer.error->kindName() << answer.error->sqlState << answer.error->message;
    return parts.join(" | "_L1).toUtf8();
}

QDateTime endOfDay(const QDateTime &from, int days, const QString &zone)
{
    const QTimeZone there(zone.toLatin1());
    return QDateTime(from.toTimeZone(there).date().addDays(days), QTime(23, 59, 59), there).toUTC();
}

} // namespace Branchline
