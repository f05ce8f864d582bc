// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/resumereport.h"

#include "app/ctl/context.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

} // namespace

void ResumeReport::add(const ResumedTable &table)
{
    m_tables.append(QJsonObject{{u"shard"_s, table.shard},
                                {u"table"_s, table.table},
                                {u"compared"_s, table.compared},
                                {u"inserted"_s, table.inserted},
                                {u"changed"_s, table.changed},
                                {u"removed"_s, table.removed},
                                {u"only_on_shard"_s, table.onlyOnShard},
                                {u"examples"_s, QJsonArray::fromStringList(table.examples)}});
    m_rows << QStringList{table.shard,
                          table.table,
                          QString::number(table.compared),
                          QString::number(table.inserted),
                          QString::number(table.changed),
                          QString::number(table.removed),
                          QString::number(table.onlyOnShard)};
    m_onlyOnShards += table.onlyOnShard;
}

QString ResumeReport::text() const
{
    QString text = table({tr("Shard"), tr("Table"), tr("Compared"), tr("Added"), tr("Changed"), tr("Removed"),
                          tr("Only there")},
                         m_rows);
    if (m_onlyOnShards > 0) {
        text += u'\n' + tr("Main does not have the rows that are only on a shard: it lost them, or they were "
                           "written there by hand. They stay, since loans may refer to them; --json names "
                           "some of each table.");
    }
    return text;
}

} // namespace Branchline::Ctl
