// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

struct pg_conn;

namespace Branchline::Drill {

/// A connection by libpq alone, with which the drill looks at the databases and changes them, so that nothing
/// of the product stands between. One thread at a time.
class PlainSql final
{
public:
    using Rows = std::vector<QStringList>; ///< NULL is an empty text

    /// `address` is anything libpq takes. Does not connect yet.
    explicit PlainSql(QString address);
    ~PlainSql();
    Q_DISABLE_COPY_MOVE(PlainSql)

    /// Runs one or more statements and returns the rows of the last; connects first when there is no
    /// connection. Nothing when that fails: see sqlState() and errorText(). A broken connection is dropped.
    [[nodiscard]] std::optional<Rows> tryRun(const QString &sql);
    /// The same; ends the program when that fails.
    Rows run(const QString &sql);
    void close();

    [[nodiscard]] QString sqlState() const { return m_sqlState; } ///< empty: no connection
    [[nodiscard]] QString errorText() const { return m_errorText; }

private:
    [[nodiscard]] bool connect();

    const QString m_address;
    pg_conn *m_connection = nullptr;
    QString m_sqlState;
    QString m_errorText;
};

} // namespace Branchline::Drill
