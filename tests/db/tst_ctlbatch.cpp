// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/calm.h"
#include "tests/support/ctl.h"
#include "tests/support/faultlibrary.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <csignal>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Many barcodes in one call of branchlinectl: what is left of it when it is interrupted or killed, when it
/// is repeated, and when a database is away for a moment or for good.
class TestCtlBatch final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void resultsAreOneDocumentInOrder();
    void oneIdForAll();
    void restOfABatch();
    void textComesLineByLine();
    void linesOfJson();
    void interruptedJsonIsWhole_data();
    void interruptedJsonIsWhole();
    void killedAndRepeated();
    void blipOfTheShard_data();
    void blipOfTheShard();
    void unknownIsSettled();
    void deadShardEndsInTime_data();
    void deadShardEndsInTime();
    void singleBarcodeAndStoppedShard();
    void globalOptionsBeforeTheCommand();
    void healthNamesWhoHoldsALock();
    void healthOfAFrozenServer_data();
    void healthOfAFrozenServer();

private:
    [[nodiscard]] QStringList addCopies(int count);
    [[nodiscard]] QStringList words(const QString &command, const QStringList &more) const;
    /// How often an open loan of the branch was renewed, and how many there are.
    [[nodiscard]] int openLoans(const QStringList &barcodes);
    [[nodiscard]] int renewals(const QStringList &barcodes);
    [[nodiscard]] std::unique_ptr<Session> lock(const QString &barcode);
    [[nodiscard]] int sum(const QString &what, const QStringList &barcodes);
    void startProcess(QProcess &process, const QStringList &words) const;

    FaultLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s, u"beta"_s}};
    Ctl m_ctl;
    BranchEntry m_branch;
    QString m_card;
};

namespace {

constexpr int waitMs = 20'000;
const QString shard = u"alpha_shard"_s;

QStringList outcomes(const QJsonObject &object)
{
    QStringList list;
    for (const QJsonValue &value : object.value("results"_L1).toArray())
        list << value["outcome"_L1].toString();
    return list;
}

QStringList of(const QJsonObject &object, QLatin1StringView key)
{
    QStringList list;
    for (const QJsonValue &value : object.value("results"_L1).toArray())
        list << value[key].toString();
    return list;
}

QStringList repeated(const QString &word, qsizetype count)
{
    return QStringList(count, word);
}

QString newId()
{
    return newUuid().toString(QUuid::WithoutBraces);
}

} // namespace

void TestCtlBatch::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.library().addBranch(u"alpha"_s);
    m_card = m_library.library().addPatron(m_branch);
    m_library.library().setRule(&m_branch, {}, {}, u"7 days"_s);
    const QMap<QString, QString> environment = m_library.environment();
    for (auto it = environment.cbegin(); it != environment.cend(); ++it)
        m_ctl.set(it.key(), it.value());
}

void TestCtlBatch::cleanup()
{
    m_library.heal();
}

QStringList TestCtlBatch::addCopies(int count)
{
    QStringList barcodes;
    for (int i = 0; i < count; ++i)
        barcodes << m_library.library().addCopy(m_branch);
    return barcodes;
}

QStringList TestCtlBatch::words(const QString &command, const QStringList &more) const
{
    QStringList list{command, u"--branch"_s, m_branch.code};
    if (command == "checkout"_L1)
        list << u"--patron"_s << m_card;
    return list + more;
}

int TestCtlBatch::sum(const QString &what, const QStringList &barcodes)
{
    return m_library.library()
        .value(shard,
               u"SELECT %1 FROM book_lending AS l JOIN physical_exemplars AS e ON e.id = l.exemplar_id "
               "WHERE l.returned_at IS NULL AND e.barcode IN ('%2')"_s.arg(what, barcodes.join("', '"_L1)))
        .toInt();
}

int TestCtlBatch::openLoans(const QStringList &barcodes)
{
    return sum(u"count(*)"_s, barcodes);
}

int TestCtlBatch::renewals(const QStringList &barcodes)
{
    return sum(u"coalesce(sum(l.renewals), 0)"_s, barcodes);
}

std::unique_ptr<Session> TestCtlBatch::lock(const QString &barcode)
{
    auto session = m_library.library().newSession(shard, LocalLibrary::superuserName());
    session->execText(
        u"lock"_s,
        u"BEGIN; SELECT id FROM public.physical_exemplars WHERE barcode = '%1' FOR UPDATE"_s.arg(barcode));
    return session;
}

void TestCtlBatch::startProcess(QProcess &process, const QStringList &words) const
{
    process.setProcessEnvironment(m_ctl.environment());
    process.start(Ctl::program(), words);
}

/// However many are under way at once.
void TestCtlBatch::resultsAreOneDocumentInOrder()
{
    const QStringList barcodes = addCopies(8);
    const CtlRun lent = m_ctl.json(words(u"checkout"_s, QStringList{u"--jobs"_s, u"4"_s} + barcodes));
    QVERIFY2(lent.status == 0 && lent.isJson, lent.text().constData());
    QCOMPARE(of(lent.json, "barcode"_L1), barcodes);
    QCOMPARE(outcomes(lent.json), repeated(u"lent"_s, 8));
    QVERIFY(!lent.json.contains("interrupted"_L1));
    const QUuid batch(lent.json.value("request_id"_L1).toString());
    QVERIFY(!batch.isNull());
    QVERIFY2(lent.errors.contains(batch.toString(QUuid::WithoutBraces)), lent.text().constData());
    for (const QJsonValue &value : lent.json.value("results"_L1).toArray())
        QCOMPARE(QUuid(value["request_id"_L1].toString()),
                 QUuid::createUuidV5(batch, value["barcode"_L1].toString()));
}

/// Repeating a batch answers the same again, though lending to the same patron would renew.
void TestCtlBatch::oneIdForAll()
{
    const QStringList barcodes = addCopies(3);
    const QStringList call = words(u"checkout"_s, QStringList{u"--request-id"_s, newId()} + barcodes);
    const CtlRun first = m_ctl.json(call);
    QVERIFY2(first.status == 0, first.text().constData());
    const CtlRun second = m_ctl.json(call);
    QCOMPARE(second.json, first.json);
    QCOMPARE(openLoans(barcodes), 3);
    QCOMPARE(renewals(barcodes), 0);
    const CtlRun without = m_ctl.json(words(u"checkout"_s, barcodes));
    QCOMPARE(outcomes(without.json), repeated(u"renewed"_s, 3));
}

/// Whoever repeats only what is left of a batch, be it one barcode, does nothing twice either.
void TestCtlBatch::restOfABatch()
{
    const QStringList barcodes = addCopies(2);
    const CtlRun first = m_ctl.json(words(u"checkout"_s, barcodes));
    const QString batch = first.json.value("request_id"_L1).toString();
    const QString own = of(first.json, "request_id"_L1).last();
    for (const QString &id : {batch, own}) {
        const CtlRun rest = m_ctl.json(words(u"checkout"_s, {u"--request-id"_s, id, barcodes.last()}));
        QVERIFY2(rest.status == 0 && outcomes(rest.json) == QStringList{u"lent"_s}, rest.text().constData());
        QCOMPARE(of(rest.json, "request_id"_L1), QStringList{own});
    }
    QCOMPARE(renewals(barcodes), 0);
}

/// The first line is there while the second copy still waits.
void TestCtlBatch::textComesLineByLine()
{
    const QStringList barcodes = addCopies(2);
    auto held = lock(barcodes.last());
    QProcess process;
    startProcess(process, words(u"checkout"_s, barcodes));
    QByteArray output;
    QTRY_VERIFY_WITH_TIMEOUT((output += process.readAllStandardOutput()).contains('\n'), waitMs);
    QVERIFY2(output.startsWith(barcodes.first().toUtf8() + "  lent"), output.constData());
    QVERIFY(!output.contains(barcodes.last().toUtf8()));
    QVERIFY(process.readAllStandardError().contains("--request-id"));
    QCOMPARE(process.state(), QProcess::Running);
    held.reset();
    QVERIFY(process.waitForFinished(waitMs));
    QVERIFY(process.readAllStandardOutput().contains(barcodes.last().toUtf8() + "  lent"));
}

void TestCtlBatch::linesOfJson()
{
    const QStringList barcodes = addCopies(3);
    const CtlRun run = m_ctl.run(words(u"checkout"_s, QStringList{u"--json-lines"_s} + barcodes));
    QCOMPARE(run.status, 0);
    QList<QJsonObject> lines;
    for (const QString &line : run.output.split(u'\n', Qt::SkipEmptyParts)) {
        const QJsonDocument document = QJsonDocument::fromJson(line.toUtf8());
        QVERIFY2(document.isObject(), qPrintable(line));
        lines << document.object();
    }
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines.first().value("barcodes"_L1).toInt(), 3);
    const QUuid batch(lines.first().value("request_id"_L1).toString());
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(lines.at(i + 1).value("barcode"_L1).toString(), barcodes.at(i));
        QCOMPARE(QUuid(lines.at(i + 1).value("request_id"_L1).toString()),
                 QUuid::createUuidV5(batch, barcodes.at(i)));
    }
    QCOMPARE(lines.last().value("status"_L1).toInt(-1), 0);
    const CtlRun wrong = m_ctl.run({u"checkin"_s, u"--json-lines"_s, barcodes.first()});
    QCOMPARE(wrong.status, 2);
    QCOMPARE(wrong.output.count(u'\n'), 1);
    QVERIFY2(wrong.isJson, wrong.text().constData());
}

void TestCtlBatch::interruptedJsonIsWhole_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
}

/// The first copy is lent, the second waits for a lock, the third has not been sent.
void TestCtlBatch::interruptedJsonIsWhole()
{
    QFETCH(const int, number);
    const QStringList barcodes = addCopies(3);
    const QString id = newId();
    const QStringList call = words(u"checkout"_s, QStringList{u"--request-id"_s, id} + barcodes);
    auto held = lock(barcodes.at(1));
    QProcess process;
    startProcess(process, call + QStringList{u"--json"_s});
    QTRY_COMPARE_WITH_TIMEOUT(openLoans(barcodes), 1, waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(m_library.library()
                                     .value(shard,
                                            u"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type "
                                            "= 'Lock' AND application_name LIKE 'branchlinectl%'"_s)
                                     .toInt() == 1,
                             waitMs);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(FaultLibrary::signal(process.processId(), number));
    QVERIFY(process.waitForFinished(waitMs));
    QVERIFY2(clock.elapsed() < withRoom(4000), QByteArray::number(clock.elapsed()).constData());
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    const QByteArray output = process.readAllStandardOutput();
    const QJsonObject object = QJsonDocument::fromJson(output).object();
    QVERIFY2(object.value("interrupted"_L1).toBool(), output.constData());
    QCOMPARE(QUuid(object.value("request_id"_L1).toString()), QUuid(id));
    const QStringList words = outcomes(object);
    QCOMPARE(words.size(), 3);
    QCOMPARE(words.first(), u"lent"_s);
    QVERIFY2(words.at(1) == "unknown"_L1 || words.at(1) == "failed"_L1, qPrintable(words.at(1)));
    QCOMPARE(words.last(), u"not_sent"_s);
    QVERIFY(!of(object, "request_id"_L1).contains(QString()));

    held.reset();
    const CtlRun again = m_ctl.json(call);
    QVERIFY2(again.status == 0, again.text().constData());
    QCOMPARE(outcomes(again.json), repeated(u"lent"_s, 3));
    QCOMPARE(of(again.json, "request_id"_L1), of(object, "request_id"_L1));
    QCOMPARE(renewals(barcodes), 0);
}

/// kill -9 in the middle; the id was printed before anything was sent.
void TestCtlBatch::killedAndRepeated()
{
    const QStringList barcodes = addCopies(40);
    auto held = lock(barcodes.at(20));
    QProcess process;
    startProcess(process, words(u"checkout"_s, QStringList{u"--jobs"_s, u"4"_s} + barcodes));
    QTRY_VERIFY_WITH_TIMEOUT(openLoans(barcodes) >= 20, waitMs);
    process.kill();
    QVERIFY(process.waitForFinished(waitMs));
    held.reset();
    static const QRegularExpression uuid(u"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"_s);
    const QString id = uuid.match(QString::fromUtf8(process.readAllStandardError())).captured();
    QVERIFY(!id.isEmpty());
    QVERIFY(process.readAllStandardOutput().count('\n') >= 16);
    const CtlRun again =
        m_ctl.json(words(u"checkout"_s, QStringList{u"--request-id"_s, id, u"--jobs"_s, u"4"_s} + barcodes));
    QVERIFY2(again.status == 0, again.text().constData());
    QCOMPARE(outcomes(again.json), repeated(u"lent"_s, 40));
    QCOMPARE(openLoans(barcodes), 40);
    QCOMPARE(renewals(barcodes), 0);
}

void TestCtlBatch::blipOfTheShard_data()
{
    QTest::addColumn<bool>("isKilled");
    QTest::addColumn<int>("jobs");
    for (const int jobs : {1, 8}) {
        QTest::addRow("restarted, %d at once", jobs) << false << jobs;
        QTest::addRow("killed, %d at once", jobs) << true << jobs;
    }
}

/// The server is away for a moment in the middle of a batch: every copy is lent, once.
void TestCtlBatch::blipOfTheShard()
{
    QFETCH(const bool, isKilled);
    QFETCH(const int, jobs);
    const QStringList barcodes = addCopies(60);
    QProcess process;
    m_library.proxy(shard).setDelay(5ms, 5ms); // so that the batch is not over before
    startProcess(process, words(u"checkout"_s,
                                QStringList{u"--json"_s, u"--jobs"_s, QString::number(jobs)} + barcodes));
    QTRY_VERIFY_WITH_TIMEOUT(openLoans(barcodes) >= 5, waitMs);
    if (isKilled)
        m_library.kill9(shard);
    else
        m_library.stopServer(shard);
    m_library.startServer(shard);
    QVERIFY(process.waitForFinished(waitMs));
    const QByteArray output = process.readAllStandardOutput();
    QVERIFY2(process.exitCode() == 0, output.constData());
    QCOMPARE(outcomes(QJsonDocument::fromJson(output).object()), repeated(u"lent"_s, 60));
    QCOMPARE(openLoans(barcodes), 60);
    QCOMPARE(renewals(barcodes), 0);
}

/// Both tries of the pool are cut, and the next ones of the command get through.
void TestCtlBatch::unknownIsSettled()
{
    for (const int copies : {1, 3}) {
        const QStringList barcodes = addCopies(copies);
        const qint64 before = m_library.proxy(shard).counters().cuts;
        m_library.proxy(shard).cutCall({.call = "public.checkout(", .times = 4});
        const CtlRun run = m_ctl.json(words(u"checkout"_s, barcodes));
        QVERIFY2(run.status == 0, run.text().constData());
        QCOMPARE(outcomes(run.json), repeated(u"lent"_s, copies));
        QCOMPARE(m_library.proxy(shard).counters().cuts - before, 4);
        QCOMPARE(renewals(barcodes), 0);
    }
}

void TestCtlBatch::deadShardEndsInTime_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<int>("jobs");
    for (const auto *fault : {"stopped", "frozen"}) {
        for (const int jobs : {1, 16})
            QTest::addRow("%s, %d at once", fault, jobs) << QString::fromLatin1(fault) << jobs;
    }
}

/// The patience is one for the whole batch, however many scans and workers share it.
void TestCtlBatch::deadShardEndsInTime()
{
    QFETCH(const QString, fault);
    QFETCH(const int, jobs);
    QStringList barcodes;
    for (int i = 0; i < 400; ++i)
        barcodes << u"no-such-copy-%1"_s.arg(i);
    if (fault == "stopped"_L1)
        m_library.stopServer(shard);
    else
        QVERIFY(m_library.servers().freeze(shard));
    QElapsedTimer clock;
    clock.start();
    const CtlRun run =
        m_ctl.json(words(u"checkin"_s, QStringList{u"--jobs"_s, QString::number(jobs)} + barcodes));
    qInfo() << clock.elapsed() << "ms";
    QVERIFY2(run.status == 3 && run.isJson, run.text().constData());
    QVERIFY2(clock.elapsed() > 5000 && clock.elapsed() < withRoom(11000),
             QByteArray::number(clock.elapsed()).constData());
    const QJsonArray results = run.json.value("results"_L1).toArray();
    QCOMPARE(results.size(), 400);
    for (const QJsonValue &value : results) {
        QVERIFY(value["outcome"_L1].toString() == "failed"_L1 ||
                value["outcome"_L1].toString() == "unknown"_L1);
        QCOMPARE(value["error"_L1]["database"_L1].toString(), shard);
    }
}

/// Somebody at a terminal has the error soon, but not before a restart had its chance.
void TestCtlBatch::singleBarcodeAndStoppedShard()
{
    const QString barcode = addCopies(1).first();
    m_library.stopServer(shard);
    QElapsedTimer clock;
    clock.start();
    const CtlRun run = m_ctl.json(words(u"checkout"_s, {barcode}));
    QVERIFY2(run.status == 3 && outcomes(run.json) == QStringList{u"failed"_s}, run.text().constData());
    QVERIFY2(clock.elapsed() > 1000 && clock.elapsed() < withRoom(4000),
             QByteArray::number(clock.elapsed()).constData());

    QProcess process;
    startProcess(process, words(u"checkout"_s, {barcode}));
    m_library.startServer(shard);
    QVERIFY(process.waitForFinished(waitMs));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardOutput().constData());
}

void TestCtlBatch::globalOptionsBeforeTheCommand()
{
    Ctl ctl;
    const QString folder = m_library.servers().directory();
    for (const QStringList &before : {QStringList{u"--dir"_s, folder}, QStringList{"--dir="_L1 + folder}}) {
        const CtlRun run = ctl.run(QStringList{u"--json"_s} + before + QStringList{u"local"_s, u"status"_s});
        QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
        QCOMPARE(run.json.value("directory"_L1).toString(), folder);
    }
    const CtlRun wrong = ctl.run({u"--limit"_s, u"3"_s, u"--json"_s, u"loan"_s, u"list"_s});
    QCOMPARE(wrong.status, 2);
    QVERIFY2(wrong.errors.contains("before the command"_L1), wrong.text().constData());
}

void TestCtlBatch::healthNamesWhoHoldsALock()
{
    const QStringList barcodes = addCopies(2);
    auto held = lock(barcodes.first());
    QProcess process;
    startProcess(process, words(u"checkout"_s, {barcodes.first()}));
    QJsonObject waits;
    const auto look = [&] {
        const CtlRun run = m_ctl.json({u"health"_s});
        for (const QJsonValue &value : run.json.value("databases"_L1).toArray()) {
            if (value["name"_L1].toString() == shard)
                waits = value["lock_waits"_L1].toObject();
            else
                [&] { QCOMPARE(value["lock_waits"_L1]["sessions"_L1].toInt(-1), 0); }();
        }
        return waits.value("sessions"_L1).toInt();
    };
    QTRY_COMPARE_WITH_TIMEOUT(look(), 1, 4000);
    QVERIFY(waits.value("longest_s"_L1).toDouble() > 0);
    const QJsonArray holders = waits.value("holders"_L1).toArray();
    QCOMPARE(holders.size(), 1);
    QCOMPARE(holders.first()["state"_L1].toString(), u"idle in transaction"_s);
    QCOMPARE(holders.first()["waiting"_L1].toInt(), 1);
    QVERIFY(holders.first()["pid"_L1].toInt() > 0);
    const QString program = holders.first()["program"_L1].toString();
    const CtlRun text = m_ctl.run({u"health"_s});
    QVERIFY2(text.output.contains("1 session of alpha_shard waits for a lock"_L1) &&
                 text.output.contains("Held by "_L1 + program),
             text.text().constData());
    QVERIFY2(!text.output.contains("SELECT"_L1) && !text.output.contains(barcodes.first()),
             text.text().constData());
    held.reset();
    QVERIFY(process.waitForFinished(waitMs));
    QCOMPARE(process.exitCode(), 0);
}

void TestCtlBatch::healthOfAFrozenServer_data()
{
    QTest::addColumn<bool>("overTcp");
    QTest::newRow("socket") << false;
    QTest::newRow("TCP") << true;
}

/// It takes connections, as its system does that for it, and says nothing.
void TestCtlBatch::healthOfAFrozenServer()
{
    QFETCH(const bool, overTcp);
    Ctl ctl = m_ctl;
    if (!overTcp)
        ctl.set(u"DATABASE_URL_ALPHA"_s, m_library.servers().url(shard, u"librarian"_s).toUri());
    QVERIFY(m_library.servers().freeze(shard));
    const CtlRun run = ctl.json({u"health"_s});
    QVERIFY2(run.status == 3 && run.isJson, run.text().constData());
    bool isSaid = false;
    for (const QJsonValue &value : run.json.value("databases"_L1).toArray()) {
        if (value["name"_L1].toString() == shard)
            isSaid = value["problems"_L1].toArray().first().toString().contains("says nothing"_L1);
    }
    QVERIFY2(isSaid, run.text().constData());
}

QTEST_GUILESS_MAIN(TestCtlBatch)
#include "tst_ctlbatch.moc"
