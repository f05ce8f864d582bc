// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"
#include "tests/support/tcpproxy.h"

#include <QDir>
#include <QTest>

#include <algorithm>

#include <sys/stat.h>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a program knows of where branches and shards are: how it follows them, and the copy on its disk.
class TestDirectory final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void detourKeepsTheDeadline();
    void shardThatMovedIsFollowed();
    void copyOnDiskIsReadOnceAndElsewhere();
    void copyOnDiskIsWrittenWhenItChanged();

private:
    PreparedLibrary m_library{TestLibrary::Servers::Separate};
};

namespace {

/// The one copy of the directory in the tests' cache.
QString copyOnDisk()
{
    const QDir folder(qEnvironmentVariable("XDG_CACHE_HOME") + u"/branchline"_s);
    const QStringList names = folder.entryList({u"directory-*.json"_s}, QDir::Files | QDir::System);
    return names.isEmpty() ? QString() : folder.filePath(names.first());
}

/// Each address of main has a copy of its own.
void forgetCopies()
{
    for (QString path = copyOnDisk(); !path.isEmpty() && QFile::remove(path); path = copyOnDisk()) {
    }
}

} // namespace

void TestDirectory::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// A stale placement costs another read of the directory and another call; all of it ends when the caller was
/// promised an answer, whether the second shard or main is slow.
void TestDirectory::detourKeepsTheDeadline()
{
    const BranchEntry branch = m_library.addBranch(u"secondary"_s);
    QVERIFY(await(m_library.cluster().refreshDirectory()).isOk());
    const auto ask = [&] {
        return await(m_library.cluster().onBranch(
            branch.id, {"ask"_L1, 1500ms}, [](Session &session, const BranchEntry &) -> int {
                session.exec(Statement{"sleep"_L1, "SELECT pg_catalog.pg_sleep(1)"_L1});
                throw DbException({.kind = DbErrorKind::StalePlacement});
            }));
    };
    auto start = std::chrono::steady_clock::now();
    auto answer = ask();
    QVERIFY(!answer.isOk());
    QCOMPARE(answer.error().kind, DbErrorKind::Timeout);
    QVERIFY(std::chrono::steady_clock::now() - start < 2400ms);

    QVERIFY(m_library.servers().freeze(u"main"_s));
    start = std::chrono::steady_clock::now();
    answer = ask();
    const auto taken = std::chrono::steady_clock::now() - start;
    QVERIFY(m_library.servers().thaw(u"main"_s));
    QVERIFY(!answer.isOk());
    QCOMPARE(answer.error().kind, DbErrorKind::Timeout);
    QCOMPARE(answer.error().database, u"main"_s);
    QVERIFY(taken < 3000ms);
    QTRY_VERIFY_WITH_TIMEOUT(await(m_library.cluster().refreshDirectory()).isOk(), 5000);
}

/// A shard whose address changes in main is reached at the new one from the next call on; who holds the old
/// object may go on with it.
void TestDirectory::shardThatMovedIsFollowed()
{
    const ConnectionUrl url = m_library.servers().url(u"tertiary_shard"_s);
    TcpProxy proxy({url.host(), url.port().toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    ClusterConfig config;
    config.main =
        m_library.servers().desk().main.with(u"sslmode"_s, u"disable"_s).with(u"gssencmode"_s, u"disable"_s);
    const auto cluster = std::make_unique<Cluster>(config, u"follows"_s);
    QVERIFY(await(cluster->refreshDirectory()).isOk());
    const auto ask = [](Database &database) {
        return await(database.run({"ask"_L1}, [](Session &session) { return session.database(); })).isOk();
    };
    Database *before = cluster->shard(u"tertiary"_s);
    Database *other = cluster->shard(u"secondary"_s);
    QVERIFY(ask(*before));
    const QString set = u"UPDATE shards SET host = '%1', port = %2 WHERE name = 'tertiary'"_s;
    m_library.ddl(u"main"_s, set.arg(u"127.0.0.1"_s).arg(proxy.port()));
    QCOMPARE(cluster->shard(u"tertiary"_s), before); // nobody knows of it yet
    QVERIFY(await(cluster->refreshDirectory()).isOk());
    Database *after = cluster->shard(u"tertiary"_s);
    QVERIFY(after && after != before);
    QCOMPARE(cluster->shard(u"secondary"_s), other);
    QCOMPARE(proxy.counters().connections, qint64(0));
    QVERIFY(ask(*after));
    QVERIFY(proxy.counters().connections > 0);
    QVERIFY(ask(*before));
    QVERIFY(await(cluster->refreshDirectory()).isOk());
    QCOMPARE(cluster->shard(u"tertiary"_s), after); // the same address is no change
    const auto known = cluster->databasesInUse();
    QVERIFY(std::find(known.begin(), known.end(), before) == known.end());
    m_library.ddl(u"main"_s, set.arg(url.host(), url.port()));
}

/// The file is opened by a thread of its own, once: a pipe stands in its place, on which every opening waits.
void TestDirectory::copyOnDiskIsReadOnceAndElsewhere()
{
    forgetCopies();
    (void)m_library.newCluster(u"first"_s); // its end waits for the disk
    const QString path = copyOnDisk();
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray content = file.readAll();
    file.close();
    QVERIFY(content.contains("tertiary"));
    QVERIFY(m_library.servers().stopServer(u"main"_s));
    QVERIFY(QFile::remove(path));
    QCOMPARE(::mkfifo(path.toLocal8Bit().constData(), 0600), 0);

    ClusterConfig config;
    config.main = m_library.servers().desk().main;
    {
        Cluster cluster(config, u"late desk"_s);
        auto first = cluster.refreshDirectory();
        // The breaker is open then, and what fails at once fails in this thread.
        QTRY_VERIFY_WITH_TIMEOUT(cluster.main().gauges().breaker != PoolGauges::Breaker::Closed, 5000);
        const auto start = std::chrono::steady_clock::now();
        auto second = cluster.refreshDirectory();
        QVERIFY(std::chrono::steady_clock::now() - start < 1000ms);
        QVERIFY(!second.isFinished());
        QFile pipe(path);
        QVERIFY(pipe.open(QIODevice::WriteOnly)); // waits for the reader
        QCOMPARE(pipe.write(content), content.size());
        pipe.close();
        QVERIFY(await(first).isOk());
        QVERIFY(await(second).isOk());
        QCOMPARE(cluster.directory()->shards().size(), size_t(3));
        QVERIFY(!await(cluster.refreshDirectory()).isOk()); // it is known; main is still away
    }
    {
        // Without a copy it is not looked for again.
        QVERIFY(QFile::remove(path));
        Cluster cluster(config, u"new desk"_s);
        QVERIFY(!await(cluster.refreshDirectory()).isOk());
        QCOMPARE(::mkfifo(path.toLocal8Bit().constData(), 0600), 0);
        QVERIFY(!await(cluster.refreshDirectory()).isOk());
        QVERIFY(QFile::remove(path));
    }
    QVERIFY2(m_library.servers().startServer(u"main"_s), qPrintable(m_library.servers().errorText()));
}

void TestDirectory::copyOnDiskIsWrittenWhenItChanged()
{
    forgetCopies();
    const auto inode = [] {
        struct stat seen = {};
        const QString path = copyOnDisk();
        return path.isEmpty() || ::stat(path.toLocal8Bit().constData(), &seen) != 0 ? 0 : seen.st_ino;
    };
    (void)m_library.newCluster(u"first"_s); // its end waits for the disk
    const auto first = inode();
    QVERIFY(first != 0);
    {
        const auto cluster = m_library.newCluster(u"second"_s);
        QVERIFY(await(cluster->refreshDirectory()).isOk());
    }
    QCOMPARE(inode(), first);
    const BranchEntry branch = m_library.addBranch(u"secondary"_s);
    (void)m_library.newCluster(u"third"_s);
    QVERIFY(inode() != first);
    QFile file(copyOnDisk());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains(branch.id.toString(QUuid::WithoutBraces).toUtf8()));
    QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

QTEST_GUILESS_MAIN(TestDirectory)
#include "tst_directory.moc"
