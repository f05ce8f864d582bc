// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDebug>
#include <QString>

#include <exception>

namespace Branchline {

/// What went wrong between the program and a database, as far as the next step of a person differs.
/// Business refusals ("this copy is on loan") are outcomes of a call, never a DbError.
enum class DbErrorKind {
    Configuration,  ///< a setting has a value that cannot be used
    NotConfigured,  ///< placement names a shard for which no address is known
    Unreachable,    ///< no connection could be made, or only one to a server that takes no changes
    Authentication, ///< the server refused the login
    ConnectionLost, ///< the connection broke while a call was under way; see outcomeUnknown
    Timeout,        ///< no answer in time
    PoolExhausted,  ///< no connection of this program came free in time; the message lists who holds them
    Canceled,       ///< the caller no longer wanted the answer
    SchemaMismatch, ///< the database is older or newer than the program, or not a Branchline database
    StalePlacement, ///< the branch does not live on this shard (any more), SQLSTATE LB001
    NotAllowed,     ///< the signed-in person lacks a right
    NotFound,       ///< something named in the call does not exist
    InvalidValue,   ///< a value is not of the accepted form
    Conflict,       ///< somebody else changed it, or it exists already
    Retryable,      ///< serialisation failure, deadlock or lock timeout: the whole call may be repeated
    Internal        ///< a defect, in the program or the schema
};

/// One error of the data layer. It never holds a password, and `message` holds no bound values, so that
/// it may be logged; `detail` may quote a row and is for the screen only.
struct DbError
{
    DbErrorKind kind = DbErrorKind::Internal;
    QString message = {};   ///< a sentence: what is wrong and where
    QString hint = {};      ///< a sentence: what to do next; may be empty
    QString database = {};  ///< "main" or "<name>_shard"; empty when no single database is meant
    QString statement = {}; ///< name of the statement or operation
    QString sqlState = {};  ///< five characters, or empty when the server did not answer
    QString detail = {};    ///< the server's DETAIL; never logged
    /// The call had been sent when the connection broke or the time was up: it may have taken effect. Only
    /// repeating it tells; a call that changes something bears a request id, so that this is safe.
    bool outcomeUnknown = false;

    /// A stable word for `--json` and logs, such as "unreachable".
    [[nodiscard]] QString kindName() const;
    /// Whether the database itself could not be used (exit status 3 of the command line).
    [[nodiscard]] bool isUnavailable() const;

    /// Whether the connection is of no more use and a new one may be: it broke, or its server takes no
    /// changes (any more). In the second case nothing was done, for sure.
    [[nodiscard]] bool needsNewConnection() const;

    /// The kind that belongs to an SQLSTATE; an empty one means the connection is gone.
    [[nodiscard]] static DbErrorKind kindOfSqlState(const QString &sqlState);
};

QDebug operator<<(QDebug debug, const DbError &error);

/// Carries a DbError up a worker thread's stack. It is thrown and caught inside the data layer only:
/// callers receive a Result.
class DbException final : public std::exception
{
public:
    explicit DbException(DbError error)
        : m_error(std::move(error))
    {}
    [[nodiscard]] const DbError &error() const { return m_error; }
    [[nodiscard]] const char *what() const noexcept override { return "Branchline::DbException"; }

private:
    DbError m_error;
};

} // namespace Branchline
