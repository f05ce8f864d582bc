// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QMap>
#include <QString>

namespace Branchline {

/// The address of one database as libpq understands it: a `postgresql://` URI or a `key=value` list,
/// read by libpq's own parser. A value type without I/O; safe in any thread.
class ConnectionUrl final
{
public:
    ConnectionUrl() = default;

    /// Reads `text`. `source` is the name of the variable, option or file line that holds it and is named in
    /// the error. The error never repeats a part of the text, since any part may be the password.
    [[nodiscard]] static Result<ConnectionUrl> parse(const QString &text, const QString &source);

    /// The value of a libpq keyword ("host", "sslmode" …); empty when it is not set.
    [[nodiscard]] QString value(const QString &keyword) const { return m_values.value(keyword); }
    /// A copy with one keyword set, or removed when `value` is empty.
    [[nodiscard]] ConnectionUrl with(const QString &keyword, const QString &value) const;

    /// The host or socket folder, or a list of them separated by commas; one port serves all of them, or
    /// there is one for each.
    [[nodiscard]] QString host() const { return value(QStringLiteral("host")); }
    [[nodiscard]] QString port() const { return value(QStringLiteral("port")); }
    /// Whether it names several servers: a primary and its standbys, of which only one takes changes.
    [[nodiscard]] bool hasSeveralHosts() const;
    /// A copy for programs that write. Of several servers the one that takes changes is asked for, unless the
    /// address says itself which one is meant; a standby that is behind must not answer a desk.
    [[nodiscard]] ConnectionUrl forWriting() const;
    [[nodiscard]] QString database() const { return value(QStringLiteral("dbname")); }
    [[nodiscard]] QString user() const { return value(QStringLiteral("user")); }
    [[nodiscard]] bool hasPassword() const { return !value(QStringLiteral("password")).isEmpty(); }
    [[nodiscard]] bool isEmpty() const { return m_values.isEmpty(); }

    /// A URI without the password, for people and logs.
    [[nodiscard]] QString display() const;
    /// A complete URI. It holds the password if there is one: for local superuser addresses only.
    [[nodiscard]] QString toUri() const;
    /// All values as a libpq `key='value'` list, quoted, in the order of the keywords.
    [[nodiscard]] QString toConnInfo() const;

    friend bool operator==(const ConnectionUrl &, const ConnectionUrl &) = default;

private:
    [[nodiscard]] QString uri(bool withPassword) const;

    QMap<QString, QString> m_values;
};

} // namespace Branchline
