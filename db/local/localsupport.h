// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QCoreApplication>
#include <QStringList>

#include <chrono>

namespace Branchline::Internal {

/// The translation context of everything in db/local.
struct Local final
{
    Q_DECLARE_TR_FUNCTIONS(LocalLibrary)
};

/// Throws a DbException; caught by the public functions of LocalLibrary.
[[noreturn]] void failLocal(DbErrorKind kind, const QString &message, const QString &hint = {},
                            const QString &detail = {});

/// As failLocal, with the reason of `errorNumber` (errno) appended to `message`.
[[noreturn]] void failSystem(const QString &message, int errorNumber, const QString &hint = {});

/// The last `count` lines of a text file that are not empty; nothing when it cannot be read.
[[nodiscard]] QStringList lastLines(const QString &file, int count);

/// Writes `content` as a whole or not at all, to the disk; keeps the file untouched when it is the same.
/// Throws a DbException.
void writeFile(const QString &file, const QByteArray &content);

/// Makes a rename or a new file in `directory` last through a power cut, as far as the system can.
void syncDirectory(const QString &directory);

/// How long to wait for others at the same library: longer than the longest start (initdb, start, databases).
constexpr std::chrono::seconds lockDeadline{300};

/// What `work` returns, or what it throws as an error.
template <typename T, typename Work>
Result<T> guarded(const Work &work)
{
    try {
        return work();
    } catch (const DbException &exception) {
        return exception.error();
    } catch (const std::exception &exception) {
        return DbError{.kind = DbErrorKind::Internal,
                       .message = QString::fromUtf8(exception.what()),
                       .hint = {},
                       .database = {},
                       .statement = QStringLiteral("local library"),
                       .sqlState = {},
                       .detail = {}};
    }
}

} // namespace Branchline::Internal
