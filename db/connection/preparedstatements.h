// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/statement.h"
#include "db/connection/valuecodec.h"

#include <QSqlRecord>

#include <list>
#include <memory>
#include <vector>

struct pg_conn;
struct pg_result;

namespace Branchline {

/// Frees a result of libpq.
struct ResultDeleter
{
    void operator()(pg_result *result) const;
};
using PgResult = std::unique_ptr<pg_result, ResultDeleter>;

/// The statements that one connection keeps prepared, by the protocol's own messages, and the name under
/// which the server lists what it does. One round trip per call, whatever has to be told to the server
/// before. Belongs to the thread of the connection.
class PreparedStatements final
{
public:
    /// What came back: a result that may be an error, or none when the connection is gone.
    struct Answer
    {
        PgResult result;
        QSqlRecord columns; ///< names only; empty without rows
    };

    /// The application_name from the next statement outside a transaction on. At most 63 characters, in ASCII
    /// as the server keeps it.
    void setApplicationName(const QString &name);

    /// Runs a statement, which is prepared at its first use and kept. Throws Internal when there are more or
    /// fewer values than question marks.
    [[nodiscard]] Answer run(pg_conn *connection, const Statement &statement, const ParameterValues &values);
    /// Tells the server a new application_name, if there is one, in a round trip of its own: for what does
    /// not go through run().
    void sendApplicationName(pg_conn *connection);
    /// The connection is another one: nothing is prepared there.
    void clear();

private:
    struct Kept
    {
        QByteArray name; ///< of the Statement; a copy, since it may have been put together on a stack
        QByteArray text; ///< its SQL: two statements with one name are two statements
        QByteArray serverName;
        QByteArray sql; ///< with numbered parameters
        int parameters = 0;
        bool isPrepared = false;
        QSqlRecord columns = {};
    };

    /// What goes ahead of a statement in the same round trip.
    struct Extras
    {
        bool names = false;
        bool preparesNaming = false;
        /// One transaction with the statement, which saves a commit and a message; else one of its own.
        bool sharesTransaction = false;
        std::vector<QByteArray> dropped = {};
        [[nodiscard]] bool isEmpty() const { return !names && dropped.empty(); }
    };

    Kept &kept(const Statement &statement);
    void drop(const Kept &kept);
    [[nodiscard]] bool needsName(pg_conn *connection) const;
    [[nodiscard]] PgResult send(pg_conn *connection, Kept &kept, const ParameterValues &values);
    [[nodiscard]] PgResult pipeline(pg_conn *connection, Kept &kept, const ParameterValues &values,
                                    bool mayShare = true);
    [[nodiscard]] Extras takeExtras(pg_conn *connection, bool mayShare);
    [[nodiscard]] bool sendExtras(pg_conn *connection, const Extras &extras) const;
    [[nodiscard]] bool readExtras(pg_conn *connection, const Extras &extras);

    std::list<Kept> m_kept;            ///< most recently used first
    std::vector<QByteArray> m_dropped; ///< server names to be deallocated
    QByteArray m_applicationName;
    bool m_isNamingPrepared = false;
    quint64 m_count = 0;
};

} // namespace Branchline
