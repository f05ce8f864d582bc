// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/migrations.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QRegularExpression>

// Resources of a static library are registered only when something in it asks for them, and Qt's macro for
// that must stand outside any namespace.
static void registerSchema()
{
    Q_INIT_RESOURCE(schema);
}

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString hexHash(const QByteArray &text)
{
    return QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex());
}

/// What the comment lines at the beginning say after `key`, or nothing.
QString headerValue(const QString &sql, const QString &key)
{
    const QString start = u"-- %1:"_s.arg(key);
    for (qsizetype from = 0; sql.mid(from, 2) == "--"_L1;) {
        const qsizetype end = sql.indexOf(u'\n', from);
        const QString line = sql.mid(from, end < 0 ? -1 : end - from);
        if (line.startsWith(start))
            return line.mid(start.size()).trimmed();
        if (end < 0)
            break;
        from = end + 1;
    }
    return {};
}

Migration makeStep(const MigrationPlan &before, int id, const QString &name, const QByteArray &text)
{
    Migration step{.id = id, .name = name, .sql = QString::fromUtf8(text), .sha256 = hexHash(text)};
    const QString previous = before.empty() ? QString() : before.back().chained;
    step.chained = hexHash(u"%1 %2 %3"_s.arg(previous, step.fullName(), step.sha256).toUtf8());
    const QString worksWith = headerValue(step.sql, u"works-with"_s);
    step.worksWith = worksWith.isEmpty() ? id : worksWith.toInt();
    step.inTransaction = headerValue(step.sql, u"transaction"_s) != "no"_L1;
    step.isTried = step.inTransaction && headerValue(step.sql, u"dry-run"_s) != "no"_L1;
    return step;
}

MigrationPlan readAll(const QString &folder)
{
    registerSchema();
    MigrationPlan list;
    const QDir dir(folder);
    const QStringList files = dir.entryList({u"*.sql"_s}, QDir::Files, QDir::Name);
    for (const QString &fileName : files) {
        QFile file(dir.filePath(fileName));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("A migration is missing from the program: %s", qPrintable(fileName));
        const QByteArray text = file.readAll().replace("\r\n", "\n");
        const QString stem = fileName.chopped(4);
        list.push_back(makeStep(list, stem.section(u'_', 0, 0).toInt(), stem.section(u'_', 1), text));
    }
    return list;
}

/// The text without comment lines and surrounding blanks.
QString statementOf(const QString &sql)
{
    QStringList lines = sql.split(u'\n');
    lines.removeIf([](const QString &line) { return line.trimmed().startsWith("--"_L1); });
    return lines.join(u'\n').trimmed();
}

/// What a step outside a transaction may be, with the name of the index that it makes.
const QRegularExpression &makesIndex()
{
    static const QRegularExpression pattern(
        uR"(\ACREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+([a-z_][a-z0-9_]*)\s)"_s);
    return pattern;
}

const QRegularExpression &mayBeRepeated()
{
    static const QRegularExpression pattern(
        uR"(\A(CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+[a-z]|DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS\s|ANALYZE\b|VACUUM\b))"_s);
    return pattern;
}

} // namespace

QString stepName(int id, const QString &name)
{
    return u"%1_%2"_s.arg(id, 4, 10, QLatin1Char('0')).arg(name);
}

QString Migration::fullName() const
{
    return stepName(id, name);
}

QString Migration::index() const
{
    return inTransaction ? QString() : makesIndex().match(statementOf(sql)).captured(1);
}

const MigrationPlan &migrations(DatabaseRole role)
{
    static const MigrationPlan main = readAll(u":/schema/main"_s);
    static const MigrationPlan shard = readAll(u":/schema/shard"_s);
    return role == DatabaseRole::Main ? main : shard;
}

MigrationPlan withStep(MigrationPlan plan, const QString &name, const QString &sql)
{
    plan.push_back(makeStep(plan, schemaVersion(plan) + 1, name, sql.toUtf8()));
    return plan;
}

QStringList planFaults(const MigrationPlan &plan)
{
    QStringList faults;
    int expected = 1;
    for (const Migration &step : plan) {
        const QString name = step.fullName();
        if (step.id != expected++)
            faults << u"%1: the step before is not %2."_s.arg(name).arg(step.id - 1);
        if (step.worksWith < 1 || step.worksWith > step.id)
            faults << u"%1: works-with names a version from 1 to %2."_s.arg(name).arg(step.id);
        for (const QString &key : {u"transaction"_s, u"dry-run"_s}) {
            const QString value = headerValue(step.sql, key);
            if (!value.isEmpty() && value != "no"_L1)
                faults << u"%1: the line is “-- %2: no”, or is not there."_s.arg(name, key);
        }
        if (step.inTransaction)
            continue;
        const QString statement = statementOf(step.sql);
        if (statement.chopped(1).contains(u';') || !statement.endsWith(u';'))
            faults << u"%1: outside a transaction it must be one statement."_s.arg(name);
        if (!statement.contains(mayBeRepeated())) {
            faults << u"%1: outside a transaction only CREATE INDEX CONCURRENTLY IF NOT EXISTS, DROP INDEX "
                      "CONCURRENTLY IF EXISTS, ANALYZE and VACUUM can be repeated after a crash."_s.arg(name);
        }
    }
    return faults;
}

namespace {

std::pair<QString, QString> superuserText()
{
    registerSchema();
    QFile file(u":/schema/superuser/staff_logins.sql"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("The functions for logins of the staff are missing from the program.");
    const QByteArray text = file.readAll().replace("\r\n", "\n");
    return {QString::fromUtf8(text),
            QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex())};
}

} // namespace

QString superuserFunctions()
{
    const auto [text, hash] = superuserText();
    return text + u"COMMENT ON FUNCTION public.make_staff_login(text, text, text) IS '%1';\n"_s.arg(hash);
}

QString superuserFunctionsHash()
{
    return superuserText().second;
}

int schemaVersion(const MigrationPlan &plan)
{
    return plan.empty() ? 0 : plan.back().id;
}

int schemaVersion(DatabaseRole role)
{
    return schemaVersion(migrations(role));
}

} // namespace Branchline
