// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/resume.h"

#include <QJsonArray>
#include <QList>

namespace Branchline::Ctl {

/// What was done to bring every reference row across, table by table.
class ResumeReport final
{
public:
    void add(const ResumedTable &table);

    [[nodiscard]] const QJsonArray &tables() const { return m_tables; }
    /// A table, and a sentence about rows that only shards have.
    [[nodiscard]] QString text() const;

private:
    QJsonArray m_tables;
    QList<QStringList> m_rows;
    qint64 m_onlyOnShards = 0;
};

} // namespace Branchline::Ctl
