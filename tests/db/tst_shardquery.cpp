// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ctl.h"
#include "tests/support/testlibrary.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// `shard list`, `shard query` and the exports of `stats`: with all shards, and with one that does not
/// answer.
class TestShardQuery final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void listsShards();
    void marksRowsWithTheirShard();
    void keepsTypes();
    void cutsLongAnswers();
    void refusesOtherStatements_data();
    void refusesOtherStatements();
    void functionsCannotWrite();
    void seesWhatTheLoginMaySee();
    void endsSlowQueries();
    void wrongUsage_data();
    void wrongUsage();
    void writesCsv();
    void writesXlsx();
    void keepsTheOldFile();
    // The last ones: a shard is stopped.
    void namesTheMissingShard();
    void exportsWithAMissingShard();

private:
    [[nodiscard]] CtlRun query(const QString &sql, const QStringList &more = {}) const
    {
        return m_ctl.json(QStringList{u"shard"_s, u"query"_s, sql} + more);
    }
    [[nodiscard]] QString file(const QString &name) const { return m_folder.filePath(name); }
    [[nodiscard]] static QByteArray content(const QString &path);
    /// The texts of a spreadsheet's cells by their place ("A1"); numbers as they are written.
    [[nodiscard]] static QHash<QString, QString> cellsOf(const QString &path);

    TestLibrary m_library;
    QTemporaryDir m_folder;
    Ctl m_ctl;
};

QByteArray TestShardQuery::content(const QString &path)
{
    QFile input(path);
    return input.open(QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

QHash<QString, QString> TestShardQuery::cellsOf(const QString &path)
{
    const auto part = [&](const QString &name) {
        QProcess unzip;
        unzip.start(u"unzip"_s, {u"-p"_s, path, name});
        unzip.waitForFinished();
        return QString::fromUtf8(unzip.readAllStandardOutput());
    };
    QStringList shared;
    static const QRegularExpression textOf(u"<si><t[^>]*>([^<]*)</t></si>"_s);
    for (auto it = textOf.globalMatch(part(u"xl/sharedStrings.xml"_s)); it.hasNext();)
        shared << it.next().captured(1);
    static const QRegularExpression cellOf(u"<c r=\"([A-Z]+[0-9]+)\"([^>]*)><v>([^<]*)</v></c>"_s);
    QHash<QString, QString> cells;
    for (auto it = cellOf.globalMatch(part(u"xl/worksheets/sheet1.xml"_s)); it.hasNext();) {
        const auto match = it.next();
        const bool isText = match.captured(2).contains("t=\"s\""_L1);
        cells.insert(match.captured(1), isText ? shared.value(match.captured(3).toInt()) : match.captured(3));
    }
    return cells;
}

void TestShardQuery::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_ctl.set(u"BRANCHLINE_DIR"_s, m_library.directory());
    m_ctl.set(u"XDG_CACHE_HOME"_s, m_library.directory() + "/cache-of-the-test"_L1);
    const CtlRun init = m_ctl.json({u"init"_s});
    QVERIFY2(init.status == 0, init.text().constData());
    const CtlRun example = m_ctl.json({u"example"_s});
    QVERIFY2(example.status == 0, example.text().constData());
    const CtlRun third =
        m_ctl.json({u"branch"_s, u"add"_s, u"third"_s, u"Third"_s, u"--shard"_s, u"tertiary"_s});
    QVERIFY2(third.status == 0, third.text().constData());
}

void TestShardQuery::listsShards()
{
    const CtlRun run = m_ctl.json({u"shard"_s, u"list"_s});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    const QJsonArray shards = run.json.value("shards"_L1).toArray();
    QCOMPARE(shards.size(), 3);
    QCOMPARE(missingKeys(shards.at(0).toObject(), {u"name"_s, u"host"_s, u"port"_s, u"database"_s,
                                                   u"weight"_s, u"state"_s, u"branches"_s}),
             QStringList());
    QCOMPARE(shards.at(2).toObject().value("branches"_L1).toArray(), QJsonArray{u"third"_s});
    QVERIFY(m_ctl.run({u"shard"_s, u"list"_s}).output.contains("tertiary"_L1));
}

void TestShardQuery::marksRowsWithTheirShard()
{
    const CtlRun run = query(u"SELECT barcode, branch_code FROM copy_list ORDER BY 1;"_s);
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QVERIFY(run.json.value("complete"_L1).toBool());
    QCOMPARE(run.json.value("columns"_L1).toArray(),
             (QJsonArray{u"shard"_s, u"barcode"_s, u"branch_code"_s}));
    const QJsonArray rows = run.json.value("rows"_L1).toArray();
    QCOMPARE(rows.size(), 3);
    for (const QJsonValue &row : rows) {
        const QString branch = row.toObject().value("branch_code"_L1).toString();
        const CtlRun where = m_ctl.json({u"branch"_s, u"locate"_s, branch});
        QCOMPARE(row.toObject().value("shard"_L1), where.json.value("shard"_L1));
    }
    const CtlRun people = m_ctl.run({u"shard"_s, u"query"_s, u"SELECT barcode FROM copy_list"_s});
    QCOMPARE(people.status, 0);
    QVERIFY2(people.output.contains("31000002"_L1) && people.output.contains("3 of 3 shards answered"_L1),
             people.text().constData());
}

void TestShardQuery::keepsTypes()
{
    const CtlRun run =
        query(u"SELECT 1 AS n, 2.5 AS d, true AS b, NULL AS nothing, 'é\"x' AS t, 3 AS n, 's' AS shard, "
              "ARRAY[1,2] AS a, 'NaN'::numeric AS nan"_s);
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    const QJsonObject row = run.json.value("rows"_L1).toArray().at(1).toObject();
    QCOMPARE(row.value("shard"_L1), QJsonValue(u"secondary"_s));
    QCOMPARE(row.value("n"_L1), QJsonValue(1));
    QCOMPARE(row.value("n_2"_L1), QJsonValue(3));
    QCOMPARE(row.value("d"_L1), QJsonValue(2.5));
    QCOMPARE(row.value("b"_L1), QJsonValue(true));
    QVERIFY(row.value("nothing"_L1).isNull());
    QCOMPARE(row.value("t"_L1), QJsonValue(u"é\"x"_s));
    QCOMPARE(row.value("shard_2"_L1), QJsonValue(u"s"_s));
    QCOMPARE(row.value("a"_L1), QJsonValue(u"{1,2}"_s));
    QCOMPARE(row.value("nan"_L1), QJsonValue(u"NaN"_s));
}

void TestShardQuery::cutsLongAnswers()
{
    const CtlRun run = query(u"SELECT n FROM generate_series(1, 100000) AS n"_s, {u"--limit"_s, u"5"_s});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("rows"_L1).toArray().size(), 15);
    QCOMPARE(run.json.value("cut"_L1).toArray().size(), 3);
    QVERIFY(!run.json.value("complete"_L1).toBool());
    const CtlRun whole = query(u"SELECT n FROM generate_series(1, 5) AS n"_s, {u"--limit"_s, u"5"_s});
    QVERIFY(whole.json.value("complete"_L1).toBool());
    const CtlRun people = m_ctl.run(
        {u"shard"_s, u"query"_s, u"SELECT n FROM generate_series(1, 9) AS n"_s, u"--limit"_s, u"2"_s});
    QVERIFY2(people.output.contains("Cut after 2 rows"_L1), people.text().constData());
}

void TestShardQuery::refusesOtherStatements_data()
{
    QTest::addColumn<QString>("sql");
    QTest::newRow("two") << u"SELECT 1; SELECT 2"_s;
    QTest::newRow("two with a write") << u"SELECT 1; DROP TABLE book_lending"_s;
    QTest::newRow("delete") << u"DELETE FROM book_lending"_s;
    QTest::newRow("commit") << u"COMMIT"_s;
    QTest::newRow("closing the cursor first") << u"SELECT 1; COMMIT; DELETE FROM desk_event"_s;
    QTest::newRow("write in WITH") << u"WITH d AS (DELETE FROM desk_event RETURNING 1) SELECT * FROM d"_s;
    QTest::newRow("select into") << u"SELECT 1 AS a INTO made_by_test"_s;
    QTest::newRow("syntax") << u"SELCT 1"_s;
    QTest::newRow("unknown table") << u"SELECT * FROM no_such_table"_s;
    QTest::newRow("parameter") << u"SELECT $1::int"_s;
    QTest::newRow("division by zero") << u"SELECT 1 / 0"_s;
    QTest::newRow("way out of read only")
        << u"SELECT set_config('transaction_read_only', 'off', true), count(*) FROM copy_list"_s;
    QTest::newRow("locking") << u"SELECT * FROM books_ref FOR UPDATE"_s;
}

void TestShardQuery::refusesOtherStatements()
{
    QFETCH(const QString, sql);
    const CtlRun before = query(u"SELECT count(due_at) AS n FROM copy_list"_s);
    const CtlRun run = query(sql);
    QVERIFY2(run.status == 1 && run.isJson, run.text().constData());
    const QJsonObject error = run.json.value("error"_L1).toObject();
    QVERIFY2(error.value("message"_L1).toString().size() > 20, run.text().constData());
    QVERIFY2(!error.value("hint"_L1).toString().isEmpty(), run.text().constData());
    QCOMPARE(query(u"SELECT count(due_at) AS n FROM copy_list"_s).json.value("rows"_L1),
             before.json.value("rows"_L1));
}

/// A function that lends cannot lend from here.
void TestShardQuery::functionsCannotWrite()
{
    const auto loans = u"SELECT count(due_at) AS n FROM copy_list"_s;
    const CtlRun before = query(loans);
    const CtlRun run =
        query(u"SELECT outcome FROM placement_here AS p, checkout(gen_random_uuid(), p.branch_id, 1, "
              "p.branch_id, '31000002', '20410001')"_s);
    QVERIFY2(run.status == 1 && run.isJson, run.text().constData());
    QVERIFY(run.text().contains("only reads"));
    QCOMPARE(query(loans).json.value("rows"_L1), before.json.value("rows"_L1));
}

void TestShardQuery::seesWhatTheLoginMaySee()
{
    QCOMPARE(
        query(u"SELECT session_user AS who, rolsuper AS super FROM pg_roles WHERE rolname = session_user"_s)
            .json.value("rows"_L1)
            .toArray()
            .at(0)
            .toObject(),
        (QJsonObject{{u"shard"_s, u"main"_s}, {u"who"_s, u"librarian"_s}, {u"super"_s, false}}));
    const CtlRun run = query(u"SELECT * FROM user_blocks"_s);
    QVERIFY2(run.status == 1, run.text().constData());
    QCOMPARE(run.json.value("error"_L1).toObject().value("kind"_L1).toString(), u"not_allowed"_s);
}

void TestShardQuery::endsSlowQueries()
{
    const CtlRun run = query(u"SELECT pg_sleep(60) FROM shard_identity WHERE name = 'secondary'"_s,
                             {u"--timeout"_s, u"1"_s});
    QVERIFY2(run.status == 3 && run.isJson, run.text().constData());
    const QJsonObject shards = run.json.value("shards"_L1).toObject();
    QCOMPARE(shards.value("missing"_L1).toArray(), QJsonArray{u"secondary"_s});
    QVERIFY(run.json.value("errors"_L1).toObject().value("secondary"_L1).toString().contains("in time"_L1));
}

void TestShardQuery::wrongUsage_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::newRow("no query") << QStringList{u"shard"_s, u"query"_s};
    QTest::newRow("empty") << QStringList{u"shard"_s, u"query"_s, u" ;"_s};
    QTest::newRow("two queries") << QStringList{u"shard"_s, u"query"_s, u"SELECT 1"_s, u"SELECT 2"_s};
    QTest::newRow("no limit") << QStringList{u"shard"_s, u"query"_s, u"SELECT 1"_s, u"--limit"_s, u"0"_s};
    QTest::newRow("endless") << QStringList{u"shard"_s, u"query"_s, u"SELECT 1"_s, u"--timeout"_s, u"9999"_s};
    QTest::newRow("two files") << QStringList{u"stats"_s, u"--csv"_s, u"a"_s, u"--xlsx"_s, u"b"_s};
    QTest::newRow("one branch") << QStringList{u"stats"_s, u"--csv"_s, u"a"_s, u"--branch"_s, u"third"_s};
    QTest::newRow("spreadsheet to the output") << QStringList{u"stats"_s, u"--xlsx"_s, u"-"_s};
    QTest::newRow("two things to the output") << QStringList{u"stats"_s, u"--csv"_s, u"-"_s};
    QTest::newRow("no name") << QStringList{u"stats"_s, u"--csv"_s, u""_s};
}

void TestShardQuery::wrongUsage()
{
    QFETCH(const QStringList, words);
    const CtlRun run = m_ctl.json(words);
    QVERIFY2(run.status == 2 && run.isJson, run.text().constData());
}

void TestShardQuery::writesCsv()
{
    const CtlRun run = m_ctl.json({u"stats"_s, u"--csv"_s, file(u"all.csv"_s)});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("file"_L1).toString(), file(u"all.csv"_s));
    const QStringList lines =
        QString::fromUtf8(content(file(u"all.csv"_s))).split("\r\n"_L1, Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines.at(0), u"branch,shard,copies,available,lent,overdue,utilisation,counted,as_of,coverage"_s);
    QVERIFY2(lines.at(1).startsWith("main-library,"_L1) && lines.at(1).contains(",1,0,1,0,1.0000,yes,"_L1),
             qPrintable(lines.at(1)));
    QVERIFY2(lines.at(3).startsWith("third,tertiary,0,0,0,0,0.0000,yes,"_L1), qPrintable(lines.at(3)));
    QVERIFY2(lines.at(4).startsWith("TOTAL,,3,1,2,0,0.6667,yes,20"_L1) &&
                 lines.at(4).endsWith("Z,3 of 3 shards"_L1),
             qPrintable(lines.at(4)));
    // The same to the output, and nothing else.
    const CtlRun output = m_ctl.run({u"stats"_s, u"--csv"_s, u"-"_s});
    QCOMPARE(output.status, 0);
    QCOMPARE(output.output.count(u'\n'), 5);
    QVERIFY(output.output.startsWith("branch,shard,"_L1));
}

void TestShardQuery::writesXlsx()
{
    if (QStandardPaths::findExecutable(u"unzip"_s).isEmpty())
        QSKIP("unzip is not installed");
    const CtlRun run = m_ctl.json({u"stats"_s, u"--xlsx"_s, file(u"all.xlsx"_s)});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    const auto cells = cellsOf(file(u"all.xlsx"_s));
    QVERIFY(cells.value(u"A2"_s).startsWith("As of 20"_L1) && cells.value(u"A2"_s).endsWith("UTC"_L1));
    QCOMPARE(cells.value(u"A3"_s), u"3 of 3 shards"_s);
    QCOMPARE(cells.value(u"C5"_s), u"Copies"_s);
    QCOMPARE(cells.value(u"A6"_s), u"main-library"_s);
    QCOMPARE(cells.value(u"C6"_s), u"1"_s);
    QCOMPARE(cells.value(u"G6"_s), u"1"_s);
    QCOMPARE(cells.value(u"A9"_s), u"Total"_s);
    QCOMPARE(cells.value(u"C9"_s), u"3"_s);
    QCOMPARE(cells.value(u"E9"_s), u"2"_s);
}

void TestShardQuery::keepsTheOldFile()
{
    QVERIFY(QDir(m_folder.path()).mkdir(u"sub"_s));
    const CtlRun folder = m_ctl.json({u"stats"_s, u"--csv"_s, file(u"sub"_s)});
    QVERIFY2(folder.status == 1 && folder.isJson, folder.text().constData());
    const CtlRun nowhere = m_ctl.json({u"stats"_s, u"--xlsx"_s, file(u"no/such/folder/a.xlsx"_s)});
    QVERIFY2(nowhere.status == 1 && nowhere.isJson, nowhere.text().constData());
    QVERIFY(nowhere.json.value("error"_L1).toObject().value("message"_L1).toString().contains("a.xlsx"_L1));
    // A second export replaces the first, and leaves no draft beside it.
    QCOMPARE(m_ctl.json({u"stats"_s, u"--csv"_s, file(u"all.csv"_s)}).status, 0);
    for (const QString &name : QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden))
        QVERIFY2(name == "all.csv"_L1 || name == "all.xlsx"_L1, qPrintable(name));
}

void TestShardQuery::namesTheMissingShard()
{
    QVERIFY2(m_library.stopServer(u"tertiary_shard"_s), qPrintable(m_library.errorText()));
    const CtlRun run = query(u"SELECT barcode FROM copy_list"_s);
    QVERIFY2(run.status == 3 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("rows"_L1).toArray().size(), 3);
    QVERIFY(!run.json.value("complete"_L1).toBool());
    QCOMPARE(run.json.value("shards"_L1).toObject().value("missing"_L1).toArray(), QJsonArray{u"tertiary"_s});
    const CtlRun people = m_ctl.run({u"shard"_s, u"query"_s, u"SELECT barcode FROM copy_list"_s});
    QCOMPARE(people.status, 3);
    QVERIFY2(people.output.contains("2 of 3 shards answered, missing: tertiary"_L1),
             people.text().constData());
}

void TestShardQuery::exportsWithAMissingShard()
{
    const CtlRun csv = m_ctl.json({u"stats"_s, u"--csv"_s, file(u"part.csv"_s)});
    QVERIFY2(csv.status == 3 && csv.isJson, csv.text().constData());
    const QStringList lines =
        QString::fromUtf8(content(file(u"part.csv"_s))).split("\r\n"_L1, Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 5);
    QVERIFY2(lines.at(3).startsWith("third,tertiary,,,,,,no,"_L1), qPrintable(lines.at(3)));
    QVERIFY2(lines.at(4).contains(",in part,"_L1) &&
                 lines.at(4).endsWith("\"2 of 3 shards, missing: tertiary\""_L1),
             qPrintable(lines.at(4)));
    if (QStandardPaths::findExecutable(u"unzip"_s).isEmpty())
        QSKIP("unzip is not installed");
    const CtlRun xlsx = m_ctl.json({u"stats"_s, u"--xlsx"_s, file(u"part.xlsx"_s)});
    QVERIFY2(xlsx.status == 3 && xlsx.isJson, xlsx.text().constData());
    const auto cells = cellsOf(file(u"part.xlsx"_s));
    QCOMPARE(cells.value(u"A3"_s), u"2 of 3 shards, missing: tertiary"_s);
    QCOMPARE(cells.value(u"A8"_s), u"third"_s);
    QVERIFY(!cells.contains(u"C8"_s));
    QCOMPARE(cells.value(u"H8"_s), u"no: tertiary has not answered"_s);
    QCOMPARE(cells.value(u"C9"_s), u"3"_s);
}

QTEST_GUILESS_MAIN(TestShardQuery)
#include "tst_shardquery.moc"
