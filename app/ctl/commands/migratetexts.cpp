// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/migratetexts.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const SchemaDifference &difference)
{
    return {{u"type"_s, difference.type},
            {u"name"_s, difference.name},
            {u"difference"_s, difference.kindName()},
            {u"text"_s, difference.sentence()}};
}

QJsonArray pendingOf(const DatabaseSchema &schema)
{
    QJsonArray pending;
    for (const MigrationStep &step : schema.state.steps) {
        if (!step.isDone())
            pending.append(step.fullName());
    }
    return pending;
}

QString comparedWith(const DatabaseSchema &schema)
{
    switch (schema.comparison.against) {
    case SchemaComparison::Against::Program:
        return u"program"_s;
    case SchemaComparison::Against::Recorded:
        return u"last_migration"_s;
    case SchemaComparison::Against::Nothing:
        break;
    }
    return u"nothing"_s;
}

QJsonObject objectOf(const DatabaseSchema &schema)
{
    QJsonArray differences;
    for (const SchemaDifference &difference : schema.comparison.differences)
        differences.append(objectOf(difference));
    QJsonObject object{{u"name"_s, schema.database},
                       {u"version"_s, schema.state.version},
                       {u"latest"_s, schema.latest},
                       {u"works_with"_s, schema.state.worksWith},
                       {u"pending"_s, pendingOf(schema)},
                       {u"compared_with"_s, comparedWith(schema)},
                       {u"differences"_s, differences},
                       {u"catalog_sha256"_s, jsonText(schema.comparison.hash)},
                       {u"further"_s, QJsonArray::fromStringList(schema.further)},
                       {u"obstacles"_s, QJsonArray::fromStringList(schema.obstacles)},
                       {u"error"_s, QJsonValue(QJsonValue::Null)}};
    if (schema.error)
        object.insert(u"error"_s, errorObject(*schema.error).value("error"_L1));
    return object;
}

} // namespace

int statusOf(const std::vector<DatabaseSchema> &schemas)
{
    int worst = Success;
    for (const DatabaseSchema &schema : schemas) {
        if (schema.error)
            worst = std::max(worst, Ctl::statusOf(*schema.error));
        else if (!schema.isFit())
            worst = std::max<int>(worst, Refused);
    }
    return worst;
}

QJsonArray arrayOf(const std::vector<DatabaseSchema> &schemas)
{
    QJsonArray databases;
    for (const DatabaseSchema &schema : schemas)
        databases.append(objectOf(schema));
    return databases;
}

QString stateOf(const DatabaseSchema &schema)
{
    if (schema.error)
        return schema.error->isUnavailable() ? tr("not reachable") : tr("not of this program's history");
    if (schema.isNewer()) {
        return worksWithNewer(schema.latest, schema.state.worksWith)
                   ? tr("newer; this program works with it")
                   : tr("newer; needs a program for version %1").arg(schema.state.worksWith);
    }
    QStringList words;
    const size_t pending = schema.state.pendingSteps();
    if (pending > 0)
        words << (pending == 1 ? tr("1 step to apply") : tr("%1 steps to apply").arg(pending));
    const size_t differences = schema.comparison.differences.size();
    if (differences > 0)
        words << (differences == 1 ? tr("1 difference") : tr("%1 differences").arg(differences));
    if (!schema.further.isEmpty())
        words << tr("replication or functions to bring up");
    return words.isEmpty() ? tr("up to date") : words.join(", "_L1);
}

QStringList detailsOf(const std::vector<DatabaseSchema> &schemas, qsizetype mostDifferences)
{
    QStringList lines;
    bool hasDrift = false;
    for (const DatabaseSchema &schema : schemas) {
        const auto add = [&](const QString &sentence) {
            lines << u"%1: %2"_s.arg(schema.database, sentence);
        };
        if (schema.error)
            add(QStringList{schema.error->message, schema.error->hint}.join(u' ').trimmed());
        for (const QString &sentence : schema.further + schema.obstacles)
            add(sentence);
        qsizetype told = 0;
        for (const SchemaDifference &difference : schema.comparison.differences) {
            hasDrift = true;
            if (told++ == mostDifferences) {
                add(tr("… “branchlinectl migrate diff” names all."));
                break;
            }
            add(difference.sentence());
        }
    }
    if (hasDrift) {
        lines << tr("Somebody changed the schema by hand. Put it back as docs/MIGRATIONS.md says; “migrate "
                    "up” changes "
                    "nothing before.");
    }
    return lines;
}

QStringList planText(const DatabaseSchema &schema, const MigrationPlan &plan)
{
    QStringList lines{schema.database + u':'};
    for (const Migration &step : plan) {
        if (schema.error || schema.state.steps[static_cast<size_t>(step.id) - 1].isDone())
            continue;
        QStringList notes;
        if (!step.inTransaction)
            notes << tr("not in a transaction");
        else if (!step.isTried)
            notes << tr("a dry run ends before it");
        if (step.worksWith < step.id)
            notes << tr("programs for version %1 go on working").arg(step.worksWith);
        lines << u"  "_s + step.fullName() +
                     (notes.isEmpty() ? QString() : u" (%1)"_s.arg(notes.join(", "_L1)));
    }
    if (lines.size() == 1)
        lines << u"  "_s + (schema.error ? tr("cannot be looked at") : tr("nothing to apply"));
    return lines;
}

} // namespace Branchline::Ctl
