// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"
#include "db/cluster/branches.h"
#include "db/cluster/initialise.h"
#include "db/patrons/patrons.h"
#include "tests/support/testlibrary.h"

#include <QTest>

/// Fails the test function, and says everything about the answer, when a scan did not end as expected.
#define COMPARE_OUTCOME(answer, expected)                                                                    \
    do {                                                                                                     \
        const Branchline::CirculationAnswer compared = (answer);                                             \
        QVERIFY2(compared.outcome == (expected), Branchline::describe(compared).constData());                \
    } while (false)

namespace Branchline {

/// A test library with roles, tables and replication, a cluster signed in as its librarian, and short ways to
/// fill it. Every function of the second part ends the test program when it fails: a test that cannot be set
/// up says nothing. Names, cards and barcodes are new with each call, so that test functions do not meet.
class PreparedLibrary final
{
public:
    explicit PreparedLibrary(TestLibrary::Servers servers = TestLibrary::Servers::Shared,
                             QStringList shards = LocalOptions().shards);
    ~PreparedLibrary();
    Q_DISABLE_COPY_MOVE(PreparedLibrary)

    /// False with errorText() when that fails.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_errorText; }

    [[nodiscard]] TestLibrary &servers() { return m_servers; }
    [[nodiscard]] const TestLibrary &servers() const { return m_servers; }
    [[nodiscard]] QStringList shards() const { return m_shards; }
    [[nodiscard]] AdminAddresses adminAddresses() const;
    /// Another program's view of the library, its directory read.
    [[nodiscard]] std::unique_ptr<Cluster>
    newCluster(const QString &application = QStringLiteral("test desk"), bool echo = false) const;
    [[nodiscard]] Cluster &cluster() { return *m_cluster; }
    /// A connection of its own to "main" or "<name>_shard".
    [[nodiscard]] std::unique_ptr<Session>
    newSession(const QString &database, const QString &user = QStringLiteral("librarian")) const;

    /// SQL text as the superuser, as somebody types it in psql.
    Rows sql(const QString &database, const QString &text);
    /// The same where an error is the point.
    [[nodiscard]] Result<Rows> trySql(const QString &database, const QString &text);
    /// The same for statements that cannot be prepared, such as DDL.
    void ddl(const QString &database, const QString &text);
    /// The first column of the first row.
    [[nodiscard]] QString value(const QString &database, const QString &text);
    /// The sum of a count over all shards.
    [[nodiscard]] int countOnShards(const QString &text);
    /// Waits until every shard has what main had when the call began.
    void settle();
    /// Waits until the library's own cluster reaches every shard: one that was away is asked again only after a
    /// while, so this comes after startServer().
    void reach();

    BranchEntry addBranch(const QString &shard = {}, const QString &timezone = QStringLiteral("UTC"));
    /// Adds a patron and returns the card.
    QString addPatron(const BranchEntry &home, const QString &type = QStringLiteral("adult"));
    QUuid addBook();
    /// Adds a copy of a book of its own and returns the barcode.
    QString addCopy(const BranchEntry &branch, const QString &material = QStringLiteral("book"));
    /// One rule for a branch (or any); `period` is such as "7 days" or "90 minutes". Settled on return.
    /// Negative: no limit. Returns the rule's number.
    QString setRule(const BranchEntry *branch, const QString &userType, const QString &material,
                    const QString &period, int mostLoans = -1, int mostRenewals = -1);

    [[nodiscard]] CirculationAnswer lend(const BranchEntry &desk, const QString &barcode, const QString &card,
                                         const QUuid &request = newUuid());
    [[nodiscard]] CirculationAnswer takeBack(const BranchEntry &desk, const QString &barcode,
                                             const QUuid &request = newUuid());
    [[nodiscard]] CirculationAnswer renew(const BranchEntry &desk, const QString &barcode,
                                          const QUuid &request = newUuid());
    /// Undoes what gave this answer.
    [[nodiscard]] CirculationAnswer undo(const BranchEntry &desk, const CirculationAnswer &done,
                                         const QUuid &request = newUuid());

private:
    [[nodiscard]] Session &superuser(const QString &database);
    [[nodiscard]] QString nextName(const QString &prefix);

    const QStringList m_shards;
    QTemporaryDir m_cache;
    TestLibrary m_servers;
    std::unique_ptr<Cluster> m_cluster;
    std::map<QString, std::unique_ptr<Session>> m_superuser;
    QString m_errorText;
    int m_names = 0;
};

/// The codes of an answer's reasons, in their order.
[[nodiscard]] QStringList reasonCodes(const CirculationAnswer &answer);
/// Everything about an answer, for the message of a failed comparison.
[[nodiscard]] QByteArray describe(const CirculationAnswer &answer);
/// 23:59:59 at `zone`, `days` after the day of `from` there; in UTC.
[[nodiscard]] QDateTime endOfDay(const QDateTime &from, int days, const QString &zone);

} // namespace Branchline
