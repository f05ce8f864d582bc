// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ctl.h"
#include "tests/support/testlibrary.h"

#include <QDateTime>
#include <QJsonArray>
#include <QTest>
#include <QUuid>

using namespace Branchline;
using namespace Qt::StringLiterals;

#define COMPARE_STATUS(run, expected)                                                                        \
    do {                                                                                                     \
        const Branchline::CtlRun compared = (run);                                                           \
        QVERIFY2(compared.status == (expected) && compared.isJson, compared.text().constData());             \
    } while (false)
#define COMPARE_KEYS(object, ...) QCOMPARE(missingKeys(object, QStringList{__VA_ARGS__}), QStringList())

/// The real branchlinectl on a real library: the keys that scripts rely on, exit statuses and bad input.
class TestCtl final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void localStatus();
    void exampleTwice();
    void echoLeavesOutputValid();
    void branches();
    void recordsAreAddedOnce();
    void checkoutAndCheckin();
    void requestIdRepeats();
    void severalBarcodes();
    void loans();
    void listsSayThatTheyWereCut();
    void stats();
    void health();
    void migrate();
    void helpOfEveryCommand();
    void wrongUsage_data();
    void wrongUsage();
    void notFound_data();
    void notFound();
    void wrongSettings_data();
    void wrongSettings();
    void unreachable_data();
    void unreachable();
    void stoppedShard();

private:
    [[nodiscard]] QString shardOf(const QString &branch) const
    {
        return m_ctl.json({u"branch"_s, u"locate"_s, branch}).json.value("shard"_L1).toString();
    }

    TestLibrary m_library;
    Ctl m_ctl;
};

namespace {

QJsonObject firstOf(const QJsonObject &object, const char *list)
{
    return object.value(QLatin1StringView(list)).toArray().at(0).toObject();
}

bool isUtc(const QJsonValue &value)
{
    const QString text = value.toString();
    return text.endsWith(u'Z') && QDateTime::fromString(text, Qt::ISODate).isValid();
}

const QStringList errorKeys{u"database"_s, u"hint"_s, u"kind"_s, u"message"_s};

} // namespace

void TestCtl::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_ctl.set(u"BRANCHLINE_DIR"_s, m_library.directory());
    m_ctl.set(u"XDG_CACHE_HOME"_s, m_library.directory() + "/cache-of-the-test"_L1);
    const CtlRun init = m_ctl.json({u"init"_s});
    COMPARE_STATUS(init, 0);
}

void TestCtl::localStatus()
{
    const CtlRun run = m_ctl.json({u"local"_s, u"status"_s});
    COMPARE_STATUS(run, 0);
    COMPARE_KEYS(run.json, u"running"_s, u"directory"_s, u"databases"_s);
    QVERIFY(run.json.value("running"_L1).toBool());
    QCOMPARE(run.json.value("directory"_L1).toString(), m_library.directory());
    const QJsonObject databases = run.json.value("databases"_L1).toObject();
    QVERIFY(databases.value("main"_L1).toString().startsWith("postgresql://"_L1));
    QCOMPARE(databases.value("shards"_L1).toObject().keys(),
             (QStringList{u"main"_s, u"secondary"_s, u"tertiary"_s}));
}

/// The worked example fills two shards; the second run adds nothing.
void TestCtl::exampleTwice()
{
    const CtlRun first = m_ctl.json({u"example"_s});
    COMPARE_STATUS(first, 0);
    QVERIFY(first.json.value("added"_L1).toInt() > 10);
    const CtlRun second = m_ctl.json({u"example"_s});
    COMPARE_STATUS(second, 0);
    QCOMPARE(second.json.value("added"_L1).toInt(), 0);
    for (const CtlRun &run : {first, second}) {
        const QJsonObject across = run.json.value("cross_shard"_L1).toObject();
        QCOMPARE(across.value("copies"_L1).toInt(), 3);
        QCOMPARE(across.value("open_loans"_L1).toInt(), 2);
        QCOMPARE(across.value("shards_with_loans"_L1).toInt(), 2);
        QCOMPARE(run.json.value("branches"_L1).toArray().size(), 2);
    }
    QVERIFY(shardOf(u"main-library"_s) != shardOf(u"secondary-library"_s));
    const CtlRun people = m_ctl.run({u"example"_s});
    QCOMPARE(people.status, 0);
    QVERIFY2(people.output.contains("3 of 3 shards answered"_L1), people.text().constData());
}

/// Every statement is listed on stderr with its database and milliseconds; stdout stays valid JSON.
void TestCtl::echoLeavesOutputValid()
{
    m_ctl.set(u"SQL_ECHO"_s, u"true"_s);
    const CtlRun run = m_ctl.json({u"example"_s});
    m_ctl.unset(u"SQL_ECHO"_s);
    COMPARE_STATUS(run, 0);
    for (const auto *part : {"[main]", "_shard]", " ms ", "public.checkout("})
        QVERIFY2(run.errors.contains(QLatin1StringView(part)), part);
    for (const auto *value : {"20410001", "31000001", "Tolkien", "John", "Smith"})
        QVERIFY2(!run.errors.contains(QLatin1StringView(value)), value);
}

void TestCtl::branches()
{
    const CtlRun added = m_ctl.json({u"branch"_s, u"add"_s, u"hillside"_s, u"Hillside Library"_s,
                                     u"--timezone"_s, u"Europe/Dublin"_s, u"--shard"_s, u"tertiary"_s});
    COMPARE_STATUS(added, 0);
    COMPARE_STATUS(m_ctl.json({u"branch"_s, u"add"_s, u"hillside"_s, u"Hillside Library"_s}), 0);
    COMPARE_STATUS(m_ctl.json({u"branch"_s, u"add"_s, u"hillside"_s, u"Another Name"_s}), 1);
    COMPARE_STATUS(
        m_ctl.json({u"branch"_s, u"add"_s, u"lowland"_s, u"Lowland"_s, u"--timezone"_s, u"Mars/Olympus"_s}),
        1);
    COMPARE_STATUS(
        m_ctl.json({u"branch"_s, u"add"_s, u"lowland"_s, u"Lowland"_s, u"--shard"_s, u"nowhere"_s}), 1);
    const CtlRun list = m_ctl.json({u"branch"_s, u"list"_s});
    COMPARE_STATUS(list, 0);
    COMPARE_KEYS(firstOf(list.json, "branches"), u"code"_s, u"name"_s, u"shard"_s);
    const CtlRun place = m_ctl.json({u"branch"_s, u"locate"_s, u"HILLSIDE"_s, u"--propose"_s});
    COMPARE_STATUS(place, 0);
    COMPARE_KEYS(place.json, u"branch"_s, u"shard"_s, u"epoch"_s, u"proposal"_s);
    QCOMPARE(place.json.value("branch"_L1).toString(), u"hillside"_s);
    QCOMPARE(place.json.value("shard"_L1).toString(), u"tertiary"_s);
    QCOMPARE(place.json.value("epoch"_L1).toInt(), 1);
}

void TestCtl::recordsAreAddedOnce()
{
    const QStringList book{
        u"book"_s,           u"add"_s,    u"--title"_s,           u"The Hobbit"_s, u"--author"_s,
        u"J.R.R. Tolkien"_s, u"--isbn"_s, u"978-0-261-10221-7"_s, u"--year"_s,     u"1937"_s,
        u"--language"_s,     u"en"_s};
    const QStringList patron{u"patron"_s,       u"add"_s,    u"--card"_s, u"20410003"_s, u"--name"_s,
                             u"Reader, Rosa"_s, u"--type"_s, u"adult"_s,  u"--branch"_s, u"hillside"_s};
    const QStringList copy{u"copy"_s,       u"add"_s,       u"--branch"_s, u"hillside"_s, u"--book"_s,
                           u"0261102214"_s, u"--barcode"_s, u"31000010"_s, u"--floor"_s,  u"2"_s};
    for (const QStringList &words : {book, patron, copy}) {
        const CtlRun first = m_ctl.json(words);
        COMPARE_STATUS(first, 0);
        COMPARE_KEYS(first.json, u"id"_s, u"outcome"_s);
        QCOMPARE(first.json.value("outcome"_L1).toString(), u"added"_s);
        const CtlRun second = m_ctl.json(words);
        if (words == copy) { // a second copy with the same label
            COMPARE_STATUS(second, 1);
            continue;
        }
        COMPARE_STATUS(second, 0);
        QCOMPARE(second.json.value("outcome"_L1).toString(), u"exists"_s);
        QCOMPARE(second.json.value("id"_L1), first.json.value("id"_L1));
    }
    const CtlRun patrons = m_ctl.json({u"patron"_s, u"list"_s});
    COMPARE_STATUS(patrons, 0);
    COMPARE_KEYS(firstOf(patrons.json, "patrons"), u"card"_s, u"name"_s, u"type"_s, u"branch"_s);
    const CtlRun copies = m_ctl.json({u"copy"_s, u"list"_s, u"--branch"_s, u"hillside"_s});
    COMPARE_STATUS(copies, 0);
    const QJsonObject one = firstOf(copies.json, "copies");
    COMPARE_KEYS(one, u"barcode"_s, u"branch"_s, u"book"_s, u"status"_s, u"available"_s);
    QCOMPARE(one.value("status"_L1).toString(), u"available"_s);
    QVERIFY(one.value("available"_L1).isBool());
    const CtlRun shown = m_ctl.json({u"copy"_s, u"show"_s, u"31000010"_s});
    COMPARE_STATUS(shown, 0);
    QCOMPARE(shown.json.value("copy"_L1).toObject().value("shard"_L1).toString(), u"tertiary"_s);

    // The same card for somebody else, and the same barcode for another book or branch.
    QStringList other = patron;
    other[5] = u"Reader, Rita"_s;
    COMPARE_STATUS(m_ctl.json(other), 1);
    other = copy;
    other[3] = u"main-library"_s;
    COMPARE_STATUS(m_ctl.json(other), 1);
}

/// The desk at Main Library lends a copy of Hillside, which lives on another shard.
void TestCtl::checkoutAndCheckin()
{
    const QStringList checkout{u"checkout"_s, u"--branch"_s, u"main-library"_s,
                               u"--patron"_s, u"20410003"_s, u"31000010"_s};
    const CtlRun lent = m_ctl.json(checkout);
    COMPARE_STATUS(lent, 0);
    const QJsonObject result = firstOf(lent.json, "results");
    COMPARE_KEYS(result, u"barcode"_s, u"request_id"_s, u"outcome"_s, u"due_at"_s, u"reasons"_s, u"rule"_s);
    QCOMPARE(result.value("outcome"_L1).toString(), u"lent"_s);
    QCOMPARE(result.value("barcode"_L1).toString(), u"31000010"_s);
    QVERIFY(!QUuid(result.value("request_id"_L1).toString()).isNull());
    QVERIFY(isUtc(result.value("due_at"_L1)));
    QVERIFY(result.value("reasons"_L1).toArray().isEmpty());

    QStringList other = checkout;
    other[4] = u"20410001"_s;
    const CtlRun refused = m_ctl.json(other);
    COMPARE_STATUS(refused, 1);
    const QJsonObject why = firstOf(refused.json, "results");
    QCOMPARE(why.value("outcome"_L1).toString(), u"refused"_s);
    COMPARE_KEYS(firstOf(why, "reasons"), u"code"_s, u"text"_s, u"overridable"_s);
    QCOMPARE(firstOf(why, "reasons").value("code"_L1).toString(), u"on_loan"_s);

    const CtlRun shown = m_ctl.json({u"patron"_s, u"show"_s, u"20410003"_s});
    COMPARE_STATUS(shown, 0);
    QCOMPARE(shown.json.value("loans"_L1).toArray().size(), 1);

    const QStringList renew{u"renew"_s, u"--branch"_s, u"hillside"_s, u"31000010"_s};
    for (const QStringList &words : {renew, checkout}) { // for the same patron checkout renews as well
        const CtlRun renewed = m_ctl.json(words);
        COMPARE_STATUS(renewed, 0);
        QCOMPARE(firstOf(renewed.json, "results").keys(), result.keys());
        QCOMPARE(firstOf(renewed.json, "results").value("outcome"_L1).toString(), u"renewed"_s);
    }
    const CtlRun thrice = m_ctl.json(renew);
    COMPARE_STATUS(thrice, 1);
    QCOMPARE(firstOf(firstOf(thrice.json, "results"), "reasons").value("code"_L1).toString(),
             u"renewal_limit"_s);

    const QStringList checkin{u"checkin"_s, u"--branch"_s, u"secondary-library"_s, u"31000010"_s};
    const CtlRun returned = m_ctl.json(checkin);
    COMPARE_STATUS(returned, 0);
    QCOMPARE(firstOf(returned.json, "results").value("outcome"_L1).toString(), u"returned"_s);
    const CtlRun again = m_ctl.json(checkin);
    COMPARE_STATUS(again, 1);
    QCOMPARE(firstOf(firstOf(again.json, "results"), "reasons").value("code"_L1).toString(),
             u"not_on_loan"_s);

    QStringList due = checkout;
    due << u"--due"_s << u"2999-12-24"_s;
    const CtlRun chosen = m_ctl.json(due);
    COMPARE_STATUS(chosen, 0);
    QCOMPARE(firstOf(chosen.json, "results").value("due_at"_L1).toString(), u"2999-12-24T23:59:59Z"_s);
    COMPARE_STATUS(m_ctl.json(checkin), 0);
}

void TestCtl::requestIdRepeats()
{
    const QString id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QStringList words{
        u"checkout"_s, u"--branch"_s, u"hillside"_s, u"--patron"_s, u"20410003"_s, u"--request-id"_s, id,
        u"31000010"_s};
    const CtlRun first = m_ctl.json(words);
    const CtlRun second = m_ctl.json(words);
    COMPARE_STATUS(first, 0);
    COMPARE_STATUS(second, 0);
    QCOMPARE(first.json, second.json);
    QStringList other = words;
    other[4] = u"20410001"_s;
    const CtlRun misused = m_ctl.json(other);
    COMPARE_STATUS(misused, 1);
    QCOMPARE(firstOf(misused.json, "results").value("outcome"_L1).toString(), u"failed"_s);
    COMPARE_KEYS(firstOf(misused.json, "results").value("error"_L1).toObject(), u"kind"_s, u"message"_s,
                 u"hint"_s, u"database"_s);
    COMPARE_STATUS(m_ctl.json({u"checkin"_s, u"--branch"_s, u"hillside"_s, u"31000010"_s}), 0);
}

/// Each scan has its own answer; the status is that of the worst.
void TestCtl::severalBarcodes()
{
    const CtlRun run = m_ctl.json({u"checkout"_s, u"--branch"_s, u"hillside"_s, u"--patron"_s, u"20410003"_s,
                                   u"31000010"_s, u"no-such-copy"_s, u"31000001"_s});
    COMPARE_STATUS(run, 1);
    QStringList outcomes;
    for (const QJsonValue &value : run.json.value("results"_L1).toArray())
        outcomes << value.toObject().value("outcome"_L1).toString();
    QCOMPARE(outcomes, (QStringList{u"lent"_s, u"refused"_s, u"refused"_s}));
    COMPARE_STATUS(m_ctl.json({u"checkin"_s, u"--branch"_s, u"hillside"_s, u"31000010"_s}), 0);
    const CtlRun people = m_ctl.run({u"checkin"_s, u"--branch"_s, u"hillside"_s, u"no-such-copy"_s});
    QCOMPARE(people.status, 1);
    QVERIFY(people.output.contains("No copy has this barcode"_L1));
}

void TestCtl::loans()
{
    const CtlRun all = m_ctl.json({u"loan"_s, u"list"_s});
    COMPARE_STATUS(all, 0);
    const QJsonObject loan = firstOf(all.json, "loans");
    COMPARE_KEYS(loan, u"barcode"_s, u"branch"_s, u"card"_s, u"lent_at"_s, u"due_at"_s, u"returned_at"_s);
    QVERIFY(isUtc(loan.value("lent_at"_L1)) && isUtc(loan.value("due_at"_L1)) &&
            isUtc(loan.value("returned_at"_L1)));
    const CtlRun open = m_ctl.json({u"loan"_s, u"list"_s, u"--open"_s});
    COMPARE_STATUS(open, 0);
    QCOMPARE(open.json.value("loans"_L1).toArray().size(), 2);
    QVERIFY(firstOf(open.json, "loans").value("returned_at"_L1).isNull());
    const CtlRun ofBranch = m_ctl.json({u"loan"_s, u"list"_s, u"--branch"_s, u"main-library"_s, u"--open"_s});
    COMPARE_STATUS(ofBranch, 0);
    QCOMPARE(ofBranch.json.value("loans"_L1).toArray().size(), 1);
    const CtlRun ofPatron = m_ctl.json({u"loan"_s, u"list"_s, u"--patron"_s, u"20410003"_s});
    COMPARE_STATUS(ofPatron, 0);
    QVERIFY(ofPatron.json.value("loans"_L1).toArray().size() >= 3);
    QCOMPARE(ofPatron.json.value("more"_L1), QJsonValue(false));
}

void TestCtl::listsSayThatTheyWereCut()
{
    const QList<std::pair<QStringList, QLatin1StringView>> lists{
        {{u"loan"_s, u"list"_s}, "loans"_L1},
        {{u"patron"_s, u"list"_s}, "patrons"_L1},
        {{u"copy"_s, u"list"_s, u"--branch"_s, u"secondary-library"_s}, "copies"_L1}};
    for (const auto &[words, key] : lists) {
        const CtlRun one = m_ctl.json(words + QStringList{u"--limit"_s, u"1"_s});
        COMPARE_STATUS(one, 0);
        QCOMPARE(one.json.value(key).toArray().size(), 1);
        QCOMPARE(one.json.value("more"_L1), QJsonValue(true));
        const CtlRun all = m_ctl.json(words);
        COMPARE_STATUS(all, 0);
        QVERIFY(all.json.value(key).toArray().size() > 1);
        QCOMPARE(all.json.value("more"_L1), QJsonValue(false));
    }
    QVERIFY(m_ctl.run({u"patron"_s, u"list"_s, u"--limit"_s, u"1"_s}).output.contains("--limit N"_L1));
}

void TestCtl::stats()
{
    const CtlRun run = m_ctl.json({u"stats"_s});
    COMPARE_STATUS(run, 0);
    COMPARE_KEYS(run.json, u"complete"_s, u"shards"_s, u"as_of"_s, u"total"_s, u"branches"_s);
    QVERIFY(run.json.value("complete"_L1).toBool());
    const QJsonObject shards = run.json.value("shards"_L1).toObject();
    COMPARE_KEYS(shards, u"answered"_s, u"total"_s, u"missing"_s);
    QCOMPARE(shards.value("answered"_L1).toInt(), 3);
    QVERIFY(shards.value("missing"_L1).toArray().isEmpty());
    QVERIFY(isUtc(run.json.value("as_of"_L1)));
    COMPARE_KEYS(firstOf(run.json, "branches"), u"branch"_s, u"shard"_s, u"copies"_s, u"available"_s,
                 u"lent"_s, u"overdue"_s, u"utilisation"_s);
    QCOMPARE(run.json.value("total"_L1).toObject().value("copies"_L1).toInt(), 4);
    QCOMPARE(run.json.value("total"_L1).toObject().value("utilisation"_L1).toDouble(), 0.5);
    const CtlRun one = m_ctl.json({u"stats"_s, u"--branch"_s, u"secondary-library"_s});
    COMPARE_STATUS(one, 0);
    QCOMPARE(one.json.value("branches"_L1).toArray().size(), 1);
    QCOMPARE(firstOf(one.json, "branches").value("lent"_L1).toInt(), 1);
}

void TestCtl::health()
{
    const CtlRun run = m_ctl.json({u"health"_s, u"--desks"_s, u"100"_s});
    COMPARE_STATUS(run, 0);
    COMPARE_KEYS(run.json, u"healthy"_s, u"warnings"_s, u"databases"_s);
    QVERIFY(run.json.value("healthy"_L1).toBool());
    QVERIFY(run.json.value("warnings"_L1).toArray().at(0).toString().contains("100 desks"_L1));
    const QJsonArray databases = run.json.value("databases"_L1).toArray();
    QStringList names;
    for (const QJsonValue &value : databases) {
        const QJsonObject database = value.toObject();
        COMPARE_KEYS(database, u"name"_s, u"role"_s, u"reachable"_s, u"latency_ms"_s, u"replication_lag_s"_s,
                     u"problems"_s);
        names << database.value("name"_L1).toString() + u'/' + database.value("role"_L1).toString();
        QVERIFY(database.value("reachable"_L1).toBool());
        QVERIFY(database.value("latency_ms"_L1).isDouble());
    }
    QCOMPARE(names, (QStringList{u"main/main"_s, u"main_shard/shard"_s, u"secondary_shard/shard"_s,
                                 u"tertiary_shard/shard"_s}));
}

void TestCtl::migrate()
{
    const CtlRun status = m_ctl.json({u"migrate"_s, u"status"_s});
    COMPARE_STATUS(status, 0);
    QVERIFY(status.json.value("up_to_date"_L1).toBool());
    QCOMPARE(status.json.value("databases"_L1).toArray().size(), 4);
    COMPARE_KEYS(firstOf(status.json, "databases"), u"name"_s, u"version"_s, u"latest"_s, u"works_with"_s,
                 u"pending"_s, u"compared_with"_s, u"differences"_s, u"catalog_sha256"_s, u"further"_s,
                 u"obstacles"_s, u"error"_s);
    const CtlRun one = m_ctl.json({u"migrate"_s, u"status"_s, u"--database"_s, u"secondary_shard"_s});
    COMPARE_STATUS(one, 0);
    QCOMPARE(firstOf(one.json, "databases").value("name"_L1).toString(), u"secondary_shard"_s);
    const CtlRun up = m_ctl.json({u"migrate"_s, u"up"_s});
    COMPARE_STATUS(up, 0);
    for (const QJsonValue &value : up.json.value("databases"_L1).toArray())
        QVERIFY(value.toObject().value("applied"_L1).toArray().isEmpty());
    COMPARE_STATUS(m_ctl.json({u"migrate"_s, u"plan"_s}), 0);
    COMPARE_STATUS(m_ctl.json({u"migrate"_s, u"plan"_s, u"--sql"_s}), 0);
    COMPARE_STATUS(m_ctl.json({u"migrate"_s, u"diff"_s}), 0);
}

void TestCtl::helpOfEveryCommand()
{
    const CtlRun overview = m_ctl.run({u"--help"_s});
    QCOMPARE(overview.status, 0);
    for (const auto *command :
         {"local start",   "local stop", "local status", "local destroy", "init",        "migrate status",
          "migrate plan",  "migrate up", "migrate diff", "health",        "branch list", "branch add",
          "branch locate", "book add",   "patron add",   "patron list",   "patron show", "copy add",
          "copy list",     "copy show",  "loan list",    "checkout",      "checkin",     "renew",
          "stats",         "example"}) {
        const QString name = QString::fromLatin1(command);
        QVERIFY2(overview.output.contains(name), command);
        const CtlRun help = m_ctl.run(name.split(u' ') + QStringList{u"--help"_s});
        QVERIFY2(help.status == 0 && help.output.contains("Example:"_L1) && help.output.contains("--json"_L1),
                 help.text().constData());
    }
}

void TestCtl::wrongUsage_data()
{
    QTest::addColumn<QString>("line");
    for (const auto *line :
         {"frobnicate",
          "branch",
          "branch add only-a-code",
          "branch list extra",
          "branch list --frobnicate",
          "checkout --branch hillside 31000010",
          "checkout --patron 20410003 31000010",
          "checkout --branch hillside --patron 20410003",
          "renew 31000010",
          "renew --branch hillside",
          "checkout --branch hillside --patron 20410003 --due tomorrow 31000010",
          "checkout --branch hillside --patron 20410003 --request-id 17 31000010",
          "copy add --branch hillside --book 123 --barcode 31000011",
          "copy add --branch hillside --book 9780261102217 --barcode 31000011 --floor high",
          "book add --title OnlyATitle",
          "book add --author OnlyAnAuthor",
          "loan list --branch hillside --patron 20410003",
          "migrate status --database nowhere_shard",
          "local destroy",
          "patron add --card 1"})
        QTest::newRow(line) << QString::fromLatin1(line);
}

/// Status 2, one JSON object, and a sentence that says what to do.
void TestCtl::wrongUsage()
{
    QFETCH(const QString, line);
    const CtlRun run = m_ctl.json(line.split(u' '));
    COMPARE_STATUS(run, 2);
    const QJsonObject error = run.json.value("error"_L1).toObject();
    QCOMPARE(error.keys(), errorKeys);
    QVERIFY(!error.value("message"_L1).toString().isEmpty());
    QVERIFY(!error.value("hint"_L1).toString().isEmpty());
}

void TestCtl::notFound_data()
{
    QTest::addColumn<QString>("line");
    for (const auto *line :
         {"branch locate nowhere", "checkout --branch nowhere --patron 20410003 31000010",
          "checkin --branch nowhere 31000010", "renew --branch nowhere 31000010", "stats --branch nowhere",
          "copy list --branch nowhere", "loan list --branch nowhere", "patron show no-such-card",
          "copy show no-such-copy", "copy add --branch hillside --book 9780306406157 --barcode 31000011",
          "copy add --branch hillside --book 9780261102217 --barcode 31000011 --material papyrus",
          "patron add --card 1 --name A --type nobody --branch hillside",
          "copy add --branch hillside --book 0192f0c4-0001-7000-8000-00000000ffff --barcode 31000011"})
        QTest::newRow(line) << QString::fromLatin1(line);
}

/// Status 1, the error as JSON with exactly its four keys, and nothing half written.
void TestCtl::notFound()
{
    QFETCH(const QString, line);
    const CtlRun run = m_ctl.json(line.split(u' '));
    COMPARE_STATUS(run, 1);
    const QJsonObject error = run.json.value("error"_L1).toObject();
    QCOMPARE(error.keys(), errorKeys);
    QCOMPARE(error.value("kind"_L1).toString(), u"not_found"_s);
    QVERIFY(!error.value("hint"_L1).toString().isEmpty());
    QVERIFY(run.errors.contains(error.value("message"_L1).toString()));
}

void TestCtl::wrongSettings_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::newRow("address") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret@db:port/x"_s;
    QTest::newRow("echo") << u"SQL_ECHO"_s << u"maybe"_s;
    QTest::newRow("timeout") << u"DATABASE_STATEMENT_TIMEOUT_MS"_s << u"soon"_s;
}

void TestCtl::wrongSettings()
{
    QFETCH(const QString, variable);
    QFETCH(const QString, value);
    Ctl ctl = m_ctl;
    ctl.set(variable, value);
    const CtlRun run = ctl.json({u"branch"_s, u"list"_s});
    COMPARE_STATUS(run, 2);
    QVERIFY(run.json.value("error"_L1).toObject().value("message"_L1).toString().contains(variable));
    QVERIFY(!(run.output + run.errors).contains("s3cret"_L1));
}

void TestCtl::unreachable_data()
{
    QTest::addColumn<QString>("url");
    QTest::newRow("nobody listens") << u"postgresql://anna:s3cret@127.0.0.1:1/library"_s;
    QTest::newRow("no such socket") << u"postgresql://anna:s3cret@/library?host=/nonexistent"_s;
    QTest::newRow("no local library") << QString();
}

void TestCtl::unreachable()
{
    QFETCH(const QString, url);
    Ctl ctl = m_ctl;
    if (url.isEmpty())
        ctl.set(u"BRANCHLINE_DIR"_s, u"/nonexistent/library"_s);
    else
        ctl.set(u"DATABASE_URL"_s, url);
    for (const QStringList &words :
         {QStringList{u"branch"_s, u"list"_s}, QStringList{u"stats"_s},
          QStringList{u"checkin"_s, u"--branch"_s, u"hillside"_s, u"31000010"_s}}) {
        const CtlRun run = ctl.json(words);
        COMPARE_STATUS(run, 3);
        const QJsonObject error = run.json.value("error"_L1).toObject();
        QCOMPARE(error.keys(), errorKeys);
        QCOMPARE(error.value("kind"_L1).toString(), u"unreachable"_s);
        QCOMPARE(error.value("database"_L1).toString(), u"main"_s);
        QVERIFY(!error.value("hint"_L1).toString().isEmpty());
        QVERIFY(!(run.output + run.errors).contains("s3cret"_L1));
    }
}

/// One shard's server is stopped: status 3 for what needs it, and everything else goes on.
void TestCtl::stoppedShard()
{
    const QString down = shardOf(u"secondary-library"_s);
    const QString server = down + "_shard"_L1;
    QVERIFY2(m_library.stopServer(server), qPrintable(m_library.errorText()));
    const CtlRun stats = m_ctl.json({u"stats"_s});
    COMPARE_STATUS(stats, 3);
    QVERIFY(!stats.json.value("complete"_L1).toBool(true));
    const QJsonObject shards = stats.json.value("shards"_L1).toObject();
    QCOMPARE(shards.value("answered"_L1).toInt(), 2);
    QCOMPARE(shards.value("total"_L1).toInt(), 3);
    QCOMPARE(shards.value("missing"_L1).toArray(), QJsonArray{down});

    const CtlRun health = m_ctl.json({u"health"_s});
    COMPARE_STATUS(health, 3);
    QVERIFY(!health.json.value("healthy"_L1).toBool(true));
    for (const QJsonValue &value : health.json.value("databases"_L1).toArray()) {
        const QJsonObject database = value.toObject();
        const bool isDown = database.value("name"_L1).toString() == server;
        QCOMPARE(database.value("reachable"_L1).toBool(), !isDown);
        QCOMPARE(database.value("problems"_L1).toArray().isEmpty(), !isDown);
    }
    const CtlRun refused = m_ctl.json({u"checkin"_s, u"--branch"_s, u"secondary-library"_s, u"31000003"_s});
    COMPARE_STATUS(refused, 3);
    QCOMPARE(firstOf(refused.json, "results").value("error"_L1).toObject().value("database"_L1).toString(),
             server);
    COMPARE_STATUS(m_ctl.json({u"copy"_s, u"list"_s, u"--branch"_s, u"secondary-library"_s}), 3);
    COMPARE_STATUS(m_ctl.json({u"checkout"_s, u"--branch"_s, u"hillside"_s, u"--patron"_s, u"20410003"_s,
                               u"31000010"_s}),
                   0);
    COMPARE_STATUS(m_ctl.json({u"loan"_s, u"list"_s}), 3);

    QVERIFY2(m_library.startServer(server), qPrintable(m_library.errorText()));
    COMPARE_STATUS(m_ctl.json({u"stats"_s}), 0);
    COMPARE_STATUS(m_ctl.json({u"checkin"_s, u"--branch"_s, u"secondary-library"_s, u"31000003"_s}), 0);
}

QTEST_GUILESS_MAIN(TestCtl)
#include "tst_ctl.moc"
