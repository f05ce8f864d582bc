// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restore.h"
#include "db/staff/staff.h"
#include "tests/db/busydesk.h"
#include "tests/support/ctl.h"

#include <QDir>
#include <QDirIterator>
#include <QJsonArray>
#include <QProcess>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr auto secret = "An-old-password-7"_L1;
constexpr auto adminSecret = "The-backup-admin-9"_L1;

QStringList filesIn(const QString &folder)
{
    QStringList files;
    QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (it.hasNext())
        files << it.next();
    return files;
}

QByteArray contentOf(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Command lines of all processes that name the folder.
QList<QByteArray> processesAt(const QString &folder)
{
    QList<QByteArray> found;
    const QStringList names = QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        const QByteArray line = contentOf(u"/proc/%1/cmdline"_s.arg(name));
        if (name.toLongLong() > 0 && name.toLongLong() != QCoreApplication::applicationPid() &&
            line.contains(folder.toUtf8()) && line.contains("pg_dump"))
            found << line;
    }
    return found;
}

} // namespace

/// Backups that are made, and backups that must not be taken for one.
class TestBackup final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void under_load_and_restored_on_an_empty_machine();
    void folder_is_private();
    void a_whole_library_is_never_written_over();
    void a_damaged_file_is_refused_by_name_data();
    void a_damaged_file_is_refused_by_name();
    void a_killed_backup_is_none();
    void a_full_disk_leaves_nothing();
    void a_server_that_is_down_leaves_nothing();
    void what_cannot_work_is_said_first_data();
    void what_cannot_work_is_said_first();

private:
    [[nodiscard]] QString folder(const QString &name) const { return m_folder.filePath(name); }
    /// branchlinectl with the library's addresses, signed in with a password.
    [[nodiscard]] Ctl ctl() const;
    void copyBackup(const QString &to) const;

    PreparedLibrary m_library;
    std::unique_ptr<TestLibrary> m_machine; ///< with empty databases
    QTemporaryDir m_folder;
    BranchEntry m_branch;
    BranchEntry m_other;
    QString m_card;
};

void TestBackup::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"secondary"_s);
    m_other = m_library.addBranch(u"tertiary"_s);
    m_card = m_library.addPatron(m_branch);
    m_library.setRule(nullptr, {}, {}, u"14 days"_s);
    const NewStaff anna{.login = u"anna"_s, .name = u"Anna"_s, .password = secret};
    QVERIFY(await(addStaff(m_library.cluster(), anna)).isOk());
    QVERIFY(await(assignRight(m_library.cluster(), u"anna"_s, {u"desk"_s, m_branch.id})).isOk());
    m_library.ddl(u"main"_s, u"CREATE ROLE backup_admin SUPERUSER LOGIN PASSWORD '%1'"_s.arg(adminSecret));
}

Ctl TestBackup::ctl() const
{
    Ctl ctl;
    const auto address = [&](const QString &database) {
        return m_library.servers().url(database, u"backup_admin"_s).with(u"password"_s, adminSecret).toUri();
    };
    ctl.set(u"DATABASE_URL"_s, address(u"main"_s));
    ctl.set(u"SHARDING_BRANCHES"_s, m_library.shards().join(u','));
    for (const QString &shard : m_library.shards())
        ctl.set("DATABASE_URL_"_L1 + shard.toUpper(), address(shard + "_shard"_L1));
    return ctl;
}

/// Everything that was answered before the backup began is there, nothing twice, and the new library works.
void TestBackup::under_load_and_restored_on_an_empty_machine()
{
    QStringList barcodes;
    for (int i = 0; i < 8; ++i)
        barcodes << m_library.addCopy(m_branch);
    QStringList otherBarcodes;
    for (int i = 0; i < 8; ++i)
        otherBarcodes << m_library.addCopy(m_other);
    const QString free = m_library.addCopy(m_branch);

    QList<QUuid> before;
    qsizetype meanwhile = 0;
    {
        const BusyDesk desk(m_library, m_branch, m_card, barcodes);
        const BusyDesk other(m_library, m_other, m_library.addPatron(m_other), otherBarcodes);
        QTRY_VERIFY_WITH_TIMEOUT(desk.count() > 50 && other.count() > 50, 20'000);
        before = desk.acknowledged() + other.acknowledged();
        const CtlRun run = ctl().json({u"backup"_s, folder(u"good"_s)});
        meanwhile = desk.count() + other.count() - before.size();
        QVERIFY2(run.status == 0, run.text().constData());
        QCOMPARE(run.json["databases"_L1].toArray().size(), 4);
        QVERIFY2(desk.failure().isEmpty(), qPrintable(desk.failure()));
    }
    QVERIFY2(meanwhile > 20, "The desks did not go on during the backup.");
    qInfo("%lld answers before the backup, %lld during it", static_cast<long long>(before.size()),
          static_cast<long long>(meanwhile));

    TestLibrary machine; // empty: nothing is made there yet
    Ctl there;
    const CtlRun run = there.json({u"--dir"_s, machine.directory(), u"restore"_s, folder(u"good"_s)});
    QVERIFY2(run.status == 0, run.text().constData());
    QVERIFY2(run.json["problems"_L1].toArray().isEmpty(), run.text().constData());

    ClusterConfig config;
    config.main = machine.desk().main;
    Cluster cluster(config, u"desk of the restored library"_s);
    QVERIFY(await(cluster.refreshDirectory()).isOk());
    const auto session = [&](const QString &database) {
        auto opened = std::make_unique<Session>(
            SessionSettings{.database = database, .url = machine.url(database), .application = u"test"_s});
        opened->open();
        return opened;
    };
    const auto secondary = session(u"secondary_shard"_s);
    const auto tertiary = session(u"tertiary_shard"_s);
    constexpr Statement known{"known"_L1,
                              "SELECT count(*) AS n FROM public.op_result WHERE request_id = ?::uuid"_L1};
    for (const QUuid &request : std::as_const(before)) {
        const qint64 times = secondary->exec(known, {request})->row(0).number("n") +
                             tertiary->exec(known, {request})->row(0).number("n");
        QVERIFY2(times == 1, qPrintable(request.toString()));
    }
    constexpr Statement twice{
        "twice"_L1,
        "SELECT (SELECT count(*) FROM (SELECT FROM public.book_lending WHERE returned_at IS NULL "
        "        GROUP BY branch_id, exemplar_id HAVING count(*) > 1) AS d) + "
        "       (SELECT count(*) FROM public.physical_exemplars AS e WHERE (e.status = 'lent') <> EXISTS "
        "          (SELECT FROM public.book_lending AS l WHERE l.branch_id = e.branch_id "
        "              AND l.exemplar_id = e.id AND l.returned_at IS NULL)) + "
        "       (SELECT count(*) FROM pg_constraint WHERE NOT convalidated) AS n"_L1};
    QCOMPARE(secondary->exec(twice)->row(0).number("n"), 0);
    QCOMPARE(tertiary->exec(twice)->row(0).number("n"), 0);

    // A desk lends, and what main changes arrives on the shard.
    const CirculationAnswer lent =
        await(checkOut(cluster, {.deskBranch = m_branch.id, .barcode = free, .card = m_card}));
    QVERIFY2(lent.outcome == Outcome::Lent, describe(lent).constData());
    const auto added = await(addPatron(cluster, {.card = u"a-later-card"_s,
                                                 .familyName = u"Later"_s,
                                                 .typeCode = u"adult"_s,
                                                 .homeBranch = m_branch.id}));
    QVERIFY2(added.isOk(), added.isOk() ? "" : qPrintable(added.error().message));
    constexpr Statement arrived{
        "arrived"_L1, "SELECT count(*) AS n FROM public.user_cards WHERE card_number = 'a-later-card'"_L1};
    QTRY_COMPARE_WITH_TIMEOUT(secondary->exec(arrived)->row(0).number("n"), 1, 5000);
    // The old library did not hear of it.
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT count(*) FROM user_cards WHERE card_number = 'a-later-card'"_s),
        u"0"_s);

    const auto signIn = [&](QLatin1StringView password) {
        Session anna({.database = u"main"_s,
                      .url = machine.url(u"main"_s, u"anna"_s).with(u"password"_s, password),
                      .application = u"test"_s});
        anna.open();
    };
    signIn(secret);
    QVERIFY_THROWS_EXCEPTION(DbException, signIn("another"_L1));
}

void TestBackup::folder_is_private()
{
    constexpr auto others = QFileDevice::ReadGroup | QFileDevice::ReadOther | QFileDevice::ExeGroup |
                            QFileDevice::ExeOther | QFileDevice::WriteGroup | QFileDevice::WriteOther;
    QVERIFY(!(QFile::permissions(folder(u"good"_s)) & others));
    const QStringList files = filesIn(folder(u"good"_s));
    QVERIFY(files.size() > 20);
    for (const QString &file : files) {
        QVERIFY2(!(QFile::permissions(file) & others), qPrintable(file));
        const QByteArray content = contentOf(file);
        QVERIFY2(!content.contains(secret.data()) && !content.contains(adminSecret.data()), qPrintable(file));
    }
    // Anybody can check it without this program.
    QProcess sums;
    sums.setWorkingDirectory(folder(u"good"_s));
    sums.start(u"sha256sum"_s, {u"--check"_s, u"manifest.json.sha256"_s});
    QVERIFY(sums.waitForFinished() && sums.exitCode() == 0);
}

void TestBackup::a_whole_library_is_never_written_over()
{
    const QString books = m_library.value(u"main"_s, u"SELECT count(*) FROM books"_s);
    const CtlRun run = ctl().json({u"restore"_s, folder(u"good"_s)});
    QVERIFY2(run.status == 1, run.text().constData());
    QVERIFY2(run.errors.contains("is not empty"_L1), run.text().constData());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM books"_s), books);
    const CtlRun again = ctl().json({u"backup"_s, folder(u"good"_s)});
    QVERIFY2(again.status == 1 && again.errors.contains("exists already"_L1), again.text().constData());
}

void TestBackup::copyBackup(const QString &to) const
{
    QProcess copy;
    copy.start(u"cp"_s, {u"-a"_s, folder(u"good"_s), to});
    QVERIFY(copy.waitForFinished() && copy.exitCode() == 0);
}

void TestBackup::a_damaged_file_is_refused_by_name_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("removes");
    QTest::newRow("manifest") << u"manifest.json"_s << false;
    QTest::newRow("contents") << u"main/toc.dat"_s << false;
    QTest::newRow("rows") << u"*.dat.gz"_s << false;
    QTest::newRow("logins") << u"roles-1.sql"_s << false;
    QTest::newRow("missing") << u"roles-1.sql"_s << true;
}

void TestBackup::a_damaged_file_is_refused_by_name()
{
    QFETCH(QString, name);
    QFETCH(const bool, removes);
    const QTemporaryDir place(m_folder.filePath(u"copy-XXXXXX"_s));
    copyBackup(place.filePath(u"bad"_s));
    if (name.contains(u'*'))
        name = "secondary_shard/"_L1 +
               QDir(place.filePath(u"bad/secondary_shard"_s)).entryList({name}).constFirst();
    const QString file = place.filePath("bad/"_L1 + name);
    if (removes) {
        QVERIFY(QFile::remove(file));
    } else {
        QByteArray content = contentOf(file);
        content[content.size() / 2] = static_cast<char>(content.at(content.size() / 2) ^ 1);
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(content) == content.size());
    }
    if (!m_machine) { // nothing is ever made there
        m_machine = std::make_unique<TestLibrary>(m_library.shards(), TestLibrary::Servers::Shared);
        QVERIFY2(m_machine->start(), qPrintable(m_machine->errorText()));
    }
    const CtlRun run =
        Ctl().json({u"--dir"_s, m_machine->directory(), u"restore"_s, place.filePath(u"bad"_s)});
    QVERIFY2(run.status == 1, run.text().constData());
    QVERIFY2(run.errors.contains(file), run.text().constData());
    Session main({.database = u"main"_s, .url = m_machine->url(u"main"_s), .application = u"test"_s});
    main.open();
    constexpr Statement made{
        "made"_L1, "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace) "
                   "+ (SELECT count(*) FROM pg_roles WHERE rolname = 'branchline_owner') AS n"_L1};
    QCOMPARE(main.exec(made)->row(0).number("n"), 0);
}

/// Held up by a lock in the middle, killed, and repeated.
void TestBackup::a_killed_backup_is_none()
{
    const auto holder = m_library.newSession(u"tertiary_shard"_s, LocalLibrary::superuserName());
    holder->execText(u"lock"_s, u"BEGIN; LOCK TABLE public.op_result IN ACCESS EXCLUSIVE MODE"_s);
    const QString unfinished = folder(u"killed.part"_s);
    QProcess process;
    process.setProcessEnvironment(ctl().environment());
    process.start(Ctl::program(), {u"backup"_s, folder(u"killed"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(
        !processesAt(unfinished).isEmpty() && QFile::exists(unfinished + "/main/toc.dat"_L1), 30'000);
    for (const QByteArray &line : processesAt(unfinished))
        QVERIFY(!line.contains(adminSecret.data()));
    process.kill();
    QVERIFY(process.waitForFinished() && process.exitStatus() == QProcess::CrashExit);
    // Nobody goes on writing there.
    QTRY_VERIFY_WITH_TIMEOUT(processesAt(unfinished).isEmpty(), 20'000);
    QVERIFY(!QFile::exists(folder(u"killed"_s)));
    const CtlRun taken = ctl().json({u"restore"_s, unfinished});
    QVERIFY2(taken.status == 1 && taken.errors.contains("never finished"_L1), taken.text().constData());
    holder->execText(u"unlock"_s, u"ROLLBACK"_s);
    const CtlRun again = ctl().run({u"backup"_s, folder(u"killed"_s)});
    QVERIFY2(again.status == 0 && again.errors.contains("interrupted backup"_L1), again.text().constData());
    QVERIFY(!QFile::exists(unfinished));
    QVERIFY(BackupManifest::load(folder(u"killed"_s)).isOk());
}

void TestBackup::a_full_disk_leaves_nothing()
{
    // A limit for the size of files fails a write as a full disk does.
    QProcess process;
    process.setProcessEnvironment(ctl().environment());
    process.start(u"bash"_s, {u"-c"_s, u"trap '' XFSZ; ulimit -f 8; exec \"$@\""_s, u"bash"_s, Ctl::program(),
                              u"backup"_s, folder(u"full"_s)});
    QVERIFY(process.waitForFinished(60'000));
    const QString said = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(process.exitCode() == 1 && said.contains("The disk is full"_L1), qPrintable(said));
    QVERIFY(!QFile::exists(folder(u"full"_s)) && !QFile::exists(folder(u"full.part"_s)));
}

void TestBackup::a_server_that_is_down_leaves_nothing()
{
    Ctl ctl = this->ctl();
    ctl.set(u"DATABASE_URL_TERTIARY"_s, u"postgresql://backup_admin@127.0.0.1:1/nothing"_s);
    const CtlRun run = ctl.json({u"backup"_s, folder(u"down"_s)});
    QVERIFY2(run.status == 3 && run.errors.contains("tertiary_shard"_L1), run.text().constData());
    QVERIFY(!QFile::exists(folder(u"down"_s)) && !QFile::exists(folder(u"down.part"_s)));
}

void TestBackup::what_cannot_work_is_said_first_data()
{
    QTest::addColumn<QString>("version");
    QTest::addColumn<QString>("user");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("words");
    QTest::newRow("no pg_dump") << QString() << QString() << 2 << u"has no pg_dump"_s;
    QTest::newRow("older pg_dump") << u"14.2"_s << QString() << 2 << u"of PostgreSQL 14 only"_s;
    QTest::newRow("no superuser") << QString() << u"librarian"_s << 1 << u"backup needs a superuser of"_s;
}

void TestBackup::what_cannot_work_is_said_first()
{
    QFETCH(const QString, version);
    QFETCH(const QString, user);
    QFETCH(const int, status);
    QFETCH(const QString, words);
    const QTemporaryDir programs;
    if (!version.isEmpty()) {
        for (const auto *name : {"pg_dump", "pg_dumpall", "pg_restore"}) {
            QFile script(programs.filePath(QString::fromLatin1(name)));
            QVERIFY(script.open(QIODevice::WriteOnly));
            script.write("#!/bin/sh\necho \"" + QByteArray(name) + " (PostgreSQL) " + version.toLatin1() +
                         "\"\n");
            script.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
        }
    }
    Ctl ctl = this->ctl();
    QStringList command{u"backup"_s, folder(u"refused"_s)};
    if (!user.isEmpty()) {
        const auto addresses = m_library.servers().status().addresses(user);
        ctl.set(u"DATABASE_URL"_s, addresses.main.toUri());
        for (const QString &shard : m_library.shards())
            ctl.set("DATABASE_URL_"_L1 + shard.toUpper(), addresses.shards.value(shard).toUri());
    } else {
        command << u"--pg-bin"_s << programs.path();
    }
    const CtlRun run = ctl.json(command);
    QVERIFY2(run.status == status && run.errors.contains(words), run.text().constData());
    QVERIFY(!QFile::exists(folder(u"refused"_s)) && !QFile::exists(folder(u"refused.part"_s)));
}

QTEST_GUILESS_MAIN(TestBackup)
#include "tst_backup.moc"
