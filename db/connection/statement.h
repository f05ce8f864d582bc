// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <QUuid>
#include <QVariant>

namespace Branchline {

/// A named SQL statement with positional parameters (`?`) and explicit casts. Statements stand beside the
/// code that uses them, as constants: the name identifies the prepared form kept by each connection.
struct Statement
{
    QLatin1StringView name;
    QLatin1StringView sql;
};

/// An array as the text literal that `?::text[]` or `?::uuid[]` reads (the driver cannot bind lists).
[[nodiscard]] QString arrayLiteral(const QStringList &values);
[[nodiscard]] QString arrayLiteral(const QList<QUuid> &values);

/// SQL NULL for what is empty, so that "" is never stored where nothing was given.
[[nodiscard]] QVariant orNull(const QString &text);
[[nodiscard]] QVariant orNull(const QUuid &id);

/// A new version 7 UUID (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then random bits. Ids made at
/// about the same time lie near each other in an index; nothing may be concluded from their order.
[[nodiscard]] QUuid newUuid();

} // namespace Branchline
