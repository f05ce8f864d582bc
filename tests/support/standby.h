// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/testlibrary.h"

namespace Branchline {

/// A streaming standby of one server of a test library: made by pg_basebackup, kept by streaming replication,
/// promoted when a test says so. It lies in the library's folder, so that it is removed with it, also when
/// the test program dies. The roles must have been made (by `init`) before it starts. Functions that return
/// bool have errorText() when it is false; each of them waits at most a minute.
///
///     StandbyServer standby(library, u"north_shard"_s);
///     QVERIFY2(standby.start(), qPrintable(standby.errorText()));
///     … lend with standby.both() as the shard's address …
///     QVERIFY2(standby.failOver(), qPrintable(standby.errorText()));
class StandbyServer final
{
public:
    /// Synchronous: a commit on the primary is answered when the standby has written it to its disk.
    enum class Kind { Synchronous, Asynchronous };

    /// `server` is a server of the library, such as "main" or "north_shard".
    StandbyServer(TestLibrary &library, QString server, Kind kind = Kind::Synchronous);
    /// Stops and removes it; a primary that still runs waits for nobody any more.
    ~StandbyServer();
    Q_DISABLE_COPY_MOVE(StandbyServer)

    /// Makes it and waits until it follows the primary.
    [[nodiscard]] bool start();
    /// Kills the primary as a crash would, waits until nothing of it is left, and promotes the standby: the
    /// order that keeps two servers from taking changes at once.
    [[nodiscard]] bool failOver();
    /// The same when the primary's whole machine is lost: all its processes end at the same moment.
    [[nodiscard]] bool failOverMachine();
    [[nodiscard]] bool promote();
    /// The standby gets nothing more of what the primary writes, until it may again.
    [[nodiscard]] bool pauseReceiving();
    [[nodiscard]] bool resumeReceiving();
    [[nodiscard]] QString errorText() const { return m_errorText; }

    /// The standby alone, and primary and standby as one address; of the primary's first database.
    [[nodiscard]] ConnectionUrl url(const QString &user = LocalLibrary::superuserName()) const;
    [[nodiscard]] ConnectionUrl both(const QString &user = LocalLibrary::superuserName()) const;
    [[nodiscard]] ConnectionUrl primary(const QString &user = LocalLibrary::superuserName()) const;

private:
    [[nodiscard]] bool killPrimary(bool atOnce);
    [[nodiscard]] bool makeBackup();
    [[nodiscard]] bool run();
    [[nodiscard]] bool awaitFollowing();
    [[nodiscard]] bool receiveFrom(const QString &source, int receivers);
    [[nodiscard]] bool fail(const QString &text);
    void remove();

    TestLibrary &m_library;
    const QString m_server;
    const Kind m_kind;
    const QString m_data;
    QString m_sockets;
    int m_port = 0;
    ConnectionUrl m_primary; ///< as the superuser
    QString m_source;        ///< primary_conninfo, once it has been changed
    bool m_isPromoted = false;
    QString m_errorText;
};

} // namespace Branchline
