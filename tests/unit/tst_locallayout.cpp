// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/locallayout.h"
#include "db/local/locallibrary.h"
#include "db/local/localstate.h"

#include <QTemporaryDir>
#include <QTest>

#include <optional>
#include <sys/stat.h>
#include <unistd.h>

using namespace Branchline;
using namespace Branchline::Internal;
using namespace Qt::StringLiterals;

namespace {

template <typename Work>
std::optional<DbError> errorOf(const Work &work)
{
    try {
        work();
    } catch (const DbException &exception) {
        return exception.error();
    }
    return {};
}

void writeProgram(const QString &path, const QString &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
    file.setPermissions(file.permissions() | QFile::ExeOwner);
}

int modeOf(const QString &path)
{
    struct stat info
    {};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777 : -1;
}

} // namespace

/// Where a local library lies and what it needs, as far as no server has to run.
class TestLocalLayout final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void missingServerNamesThePackage();
    void oldServerIsNotTaken();
    void otherMajorIsNotTaken();
    void newestServerIsTaken();
    void missingServerLeavesNothing();
    void defaultDirectoryFollowsXdg();
    void foreignFolderIsRefused();
    void begunFolderIsTaken();
    void fileIsRefused();
    void tooLongPathIsRefused();
    void unreadablePathIsRefused();
    void closedParentIsRefused();
    void socketsLieInTheLibrary();
    void deepLibraryHasSocketsElsewhere();
    void oddPathHasSocketsElsewhere();
    void plantedSocketFolderIsRefused();
    void longSocketPathIsRefused();
    void stateSurvivesWriting();
    void damagedStateIsRefused();
    void unsafeStateIsRefused();
    void newerStateIsRefused();
    void badShardNamesAreRefused();
};

void TestLocalLayout::missingServerNamesThePackage()
{
    const QTemporaryDir empty;
    const BinarySearch search{
        .directory = {}, .debianRoot = empty.path(), .pgConfig = {}, .path = empty.path() + "/bin"_L1};
    const auto found = ServerBinaries::find(search);
    QVERIFY(!found);
    QCOMPARE(found.error().kind, DbErrorKind::Configuration);
    QVERIFY(found.error().hint.contains("sudo apt install postgresql-15"_L1));
}

void TestLocalLayout::oldServerIsNotTaken()
{
    const QTemporaryDir folder;
    writeProgram(folder.filePath(u"initdb"_s), u"#!/bin/sh\n"_s);
    writeProgram(folder.filePath(u"postgres"_s), u"#!/bin/sh\necho 'postgres (PostgreSQL) 13.14'\n"_s);
    const auto found = ServerBinaries::find(
        {.directory = {}, .debianRoot = u"/nonexistent"_s, .pgConfig = {}, .path = folder.path()});
    QVERIFY(!found);
    QVERIFY2(found.error().message.contains("13"_L1), qPrintable(found.error().message));
    QVERIFY(found.error().hint.contains("postgresql-15"_L1));
}

void TestLocalLayout::otherMajorIsNotTaken()
{
    const auto found = ServerBinaries::find({}, 99);
    QVERIFY(!found);
    QVERIFY(found.error().hint.contains("postgresql-99"_L1));
}

void TestLocalLayout::newestServerIsTaken()
{
    const QTemporaryDir root;
    for (const auto &name : {u"9.6"_s, u"15"_s, u"17"_s, u"18"_s}) {
        QDir(root.path()).mkpath(name + "/bin"_L1);
        writeProgram(root.filePath(name + "/bin/postgres"_L1), u"#!/bin/sh\n"_s);
        if (name != "18"_L1) // client programs only
            writeProgram(root.filePath(name + "/bin/initdb"_L1), u"#!/bin/sh\n"_s);
    }
    const BinarySearch search{.directory = {}, .debianRoot = root.path(), .pgConfig = {}, .path = {}};
    const auto found = ServerBinaries::find(search);
    QVERIFY(found);
    QCOMPARE(found->major, 17);
    QCOMPARE(found->initdb(), root.filePath(u"17/bin/initdb"_s));
    QCOMPARE(ServerBinaries::find(search, 15)->major, 15);
}

void TestLocalLayout::missingServerLeavesNothing()
{
    const QTemporaryDir folder;
    LocalOptions options;
    options.directory = folder.filePath(u"library"_s);
    options.binaries = {.directory = folder.path(), .debianRoot = {}, .pgConfig = {}, .path = {}};
    const auto started = LocalLibrary(options).start();
    QVERIFY(!started);
    QVERIFY(started.error().hint.contains("postgresql-15"_L1));
    QVERIFY(!QFileInfo::exists(options.directory));
}

void TestLocalLayout::defaultDirectoryFollowsXdg()
{
    if (::geteuid() == 0) {
        QCOMPARE(LocalLayout::defaultDirectory(), u"/var/lib/branchline/library"_s);
        return;
    }
    const QByteArray before = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", "/somewhere/data");
    QCOMPARE(LocalLayout::defaultDirectory(), u"/somewhere/data/branchline/library"_s);
    qputenv("XDG_DATA_HOME", "relative");
    QCOMPARE(LocalLayout::defaultDirectory(), QDir::homePath() + "/.local/share/branchline/library"_L1);
    qputenv("XDG_DATA_HOME", before);
}

void TestLocalLayout::foreignFolderIsRefused()
{
    const QTemporaryDir folder;
    writeProgram(folder.filePath(u"letter.txt"_s), u"Dear reader"_s);
    LocalOptions options;
    options.directory = folder.path();
    const LocalLibrary library(options);
    QCOMPARE(library.start().error().kind, DbErrorKind::Configuration);
    QCOMPARE(library.stop().error().kind, DbErrorKind::NotFound);
    QCOMPARE(library.destroy().error().kind, DbErrorKind::NotFound);
    QCOMPARE(library.status()->state, LocalStatus::State::Absent);
    QVERIFY(library.status()->superuser().main.isEmpty());
    QCOMPARE(QDir(folder.path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries), {u"letter.txt"_s});
}

/// As left by a start that was killed before it wrote anything else.
void TestLocalLayout::begunFolderIsTaken()
{
    const QTemporaryDir folder(u"/tmp/branchline-test-XXXXXX"_s);
    writeProgram(folder.filePath(u"lock"_s), {});
    writeProgram(folder.filePath(u"library.json.XYZabc"_s), {});
    bool wasMade = true;
    QVERIFY(!errorOf([&] { (void)LocalLayout(folder.path()).prepare(wasMade); }));
    QVERIFY(!wasMade);
}

void TestLocalLayout::fileIsRefused()
{
    const QTemporaryDir folder;
    writeProgram(folder.filePath(u"file"_s), {});
    bool wasMade = false;
    const auto error = errorOf([&] { (void)LocalLayout(folder.filePath(u"file"_s)).prepare(wasMade); });
    QVERIFY(error);
    QVERIFY(error->message.contains("is not a folder"_L1));
}

void TestLocalLayout::tooLongPathIsRefused()
{
    LocalOptions options;
    options.directory = u"/tmp/"_s + QString(900, u'x');
    const auto started = LocalLibrary(options).start();
    QVERIFY(!started);
    QCOMPARE(started.error().kind, DbErrorKind::Configuration);
    QVERIFY(started.error().message.contains("too long"_L1));
    QVERIFY(started.error().hint.contains("--dir"_L1));
}

void TestLocalLayout::unreadablePathIsRefused()
{
    QVERIFY(errorOf([] { (void)LocalLayout(u"/tmp/two\nlines"_s); }));
}

void TestLocalLayout::closedParentIsRefused()
{
    if (::geteuid() != 0)
        QSKIP("Only root makes libraries for another account.");
    const QTemporaryDir closed; // 0700, of root
    LocalOptions options;
    options.directory = closed.filePath(u"library"_s);
    const auto started = LocalLibrary(options).start();
    QVERIFY(!started);
    QCOMPARE(started.error().kind, DbErrorKind::Configuration);
    QVERIFY2(started.error().message.contains(closed.path()), qPrintable(started.error().message));
    QVERIFY(!QFileInfo::exists(options.directory));
}

void TestLocalLayout::socketsLieInTheLibrary()
{
    const QTemporaryDir folder;
    const LocalLayout layout(folder.filePath(u"library"_s));
    bool wasMade = false;
    const ServerAccount account = ServerAccount::own();
    if (::geteuid() != 0) {
        QCOMPARE(layout.prepare(wasMade).uid, account.uid);
        QVERIFY(wasMade);
    } else {
        QDir().mkpath(layout.directory());
    }
    const QString sockets = layout.prepareSocketDirectory(account, 5435, {});
    QCOMPARE(sockets, layout.directory() + "/sockets"_L1);
    QCOMPARE(modeOf(sockets), 0700);
    QVERIFY(layout.isSocketDirectory(account, sockets));
}

void TestLocalLayout::deepLibraryHasSocketsElsewhere()
{
    const QTemporaryDir folder;
    const LocalLayout layout(folder.filePath(QString(90, u'd')));
    const LocalLayout other(folder.filePath(QString(91, u'd')));
    const ServerAccount account = ServerAccount::own();
    const QString sockets = layout.prepareSocketDirectory(account, 5432, {});
    const QString others = other.prepareSocketDirectory(account, 5432, {});
    QVERIFY(!sockets.startsWith(folder.path()));
    QVERIFY(sockets != others);
    QCOMPARE(modeOf(sockets), 0700);
    QVERIFY(!errorOf([&] { LocalLayout::checkSocketPath(sockets, 65535); }));
    QCOMPARE(layout.prepareSocketDirectory(account, 5432, sockets), sockets);
    QDir().rmdir(sockets);
    QDir().rmdir(others);
}

/// libpq would read the comma as a list of hosts.
void TestLocalLayout::oddPathHasSocketsElsewhere()
{
    const QTemporaryDir folder;
    const LocalLayout layout(folder.filePath(u"Anna's; a, b"_s));
    const QString sockets = layout.prepareSocketDirectory(ServerAccount::own(), 5432, {});
    QVERIFY(!sockets.startsWith(folder.path()));
    QDir().rmdir(sockets);
}

/// Anybody may put something into /tmp before us.
void TestLocalLayout::plantedSocketFolderIsRefused()
{
    const QTemporaryDir folder;
    const LocalLayout layout(folder.filePath(QString(92, u'd')));
    const ServerAccount account = ServerAccount::own();
    const QString sockets = layout.prepareSocketDirectory(account, 5432, {});
    QVERIFY(QDir().rmdir(sockets));
    QVERIFY(QFile::link(folder.path(), sockets));
    const auto error = errorOf([&] { (void)layout.prepareSocketDirectory(account, 5432, {}); });
    QVERIFY(QFile::remove(sockets));
    QVERIFY(error);
    QVERIFY2(error->message.contains("not private"_L1), qPrintable(error->message));
}

void TestLocalLayout::longSocketPathIsRefused()
{
    const QString longest = u'/' + QString(107 - 1 - 14, u's'); // and "/.s.PGSQL.5432"
    QVERIFY(!errorOf([&] { LocalLayout::checkSocketPath(longest, 5432); }));
    const auto error = errorOf([&] { LocalLayout::checkSocketPath(longest + u's', 5432); });
    QVERIFY(error);
    QVERIFY(error->message.contains("107"_L1));
    QVERIFY(errorOf([&] { LocalLayout::checkSocketPath(longest, 15432); }));
}

void TestLocalLayout::stateSurvivesWriting()
{
    const QTemporaryDir folder;
    LocalState state = LocalState::fresh(true, {u"north"_s, u"south"_s});
    state.postgresMajor = 15;
    state.servers[1].isMade = true;
    state.save(folder.filePath(u"library.json"_s));
    const auto read = LocalState::load(folder.filePath(u"library.json"_s));
    QVERIFY(read);
    QVERIFY(read->separateServers);
    QCOMPARE(read->postgresMajor, 15);
    QCOMPARE(read->shardDatabases.keys(), QStringList({u"north"_s, u"south"_s}));
    QCOMPARE(read->servers.size(), 3);
    QCOMPARE(read->servers[1].name, u"north_shard"_s);
    QCOMPARE(read->servers[1].databases, {u"book_service_north"_s});
    QVERIFY(read->servers[1].isMade);
    QVERIFY(!read->servers[2].isMade);
    QCOMPARE(read->highestPort(), 5434);
    QVERIFY(!LocalState::load(folder.filePath(u"none.json"_s)));
}

void TestLocalLayout::damagedStateIsRefused()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"library.json"_s);
    writeProgram(file, u"{\"kind\": \"branchline-loc"_s);
    const auto error = errorOf([&] { (void)LocalState::load(file); });
    QVERIFY(error);
    QCOMPARE(error->kind, DbErrorKind::Configuration);
    QVERIFY(error->message.contains(file));
}

/// `destroy` removes the folders that the file names.
void TestLocalLayout::unsafeStateIsRefused()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"library.json"_s);
    LocalState state = LocalState::fresh(false, {u"main"_s});
    state.servers[0].name = u"../../home"_s;
    state.save(file);
    QVERIFY(errorOf([&] { (void)LocalState::load(file); }));
}

void TestLocalLayout::newerStateIsRefused()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"library.json"_s);
    writeProgram(file, u"{\"kind\": \"branchline-local-library\", \"format\": 99}"_s);
    QCOMPARE(errorOf([&] { (void)LocalState::load(file); })->kind, DbErrorKind::SchemaMismatch);
}

void TestLocalLayout::badShardNamesAreRefused()
{
    for (const auto &shards : {QStringList{u"North"_s}, QStringList{u"a"_s, u"a"_s}, QStringList{u"../x"_s}})
        QCOMPARE(errorOf([&] { (void)LocalState::fresh(true, shards); })->kind, DbErrorKind::InvalidValue);
}

QTEST_GUILESS_MAIN(TestLocalLayout)
#include "tst_locallayout.moc"
