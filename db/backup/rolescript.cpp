// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/rolescript.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

/// Comments and psql's own commands stand in lines of their own, outside of statements. Quoted text may hold
/// anything.
QStringList splitStatements(const QString &script)
{
    QStringList statements;
    QString statement;
    QChar quote;
    bool isLineStart = true;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar c = script.at(i);
        const bool isBetween = quote.isNull() && statement.trimmed().isEmpty();
        if (isBetween && isLineStart && (c == u'\\' || script.mid(i, 2) == "--"_L1)) {
            const qsizetype end = script.indexOf(u'\n', i);
            i = end < 0 ? script.size() : end;
            continue;
        }
        isLineStart = c == u'\n';
        if (quote.isNull() && c == u';') {
            statements << statement.trimmed();
            statement.clear();
            continue;
        }
        if (quote == c)
            quote = QChar(); // a doubled one opens again at once
        else if (quote.isNull() && (c == u'\'' || c == u'"'))
            quote = c;
        statement += c;
    }
    return statements;
}

QString plainName(QString name)
{
    if (name.startsWith(u'"'))
        return name.mid(1, name.size() - 2).replace("\"\""_L1, "\""_L1);
    return name;
}

} // namespace

QList<RoleStatement> roleStatements(const QString &script)
{
    static const QString name = uR"(("(?:[^"]|"")+"|[^\s";]+))"_s;
    static const QRegularExpression create(u"^CREATE ROLE "_s + name);
    static const QRegularExpression change(u"^ALTER ROLE "_s + name);
    static const QRegularExpression comment(u"^COMMENT ON ROLE %1 IS '((?:[^']|'')*)'$"_s.arg(name));
    static const QRegularExpression membership(u"^GRANT %1 TO %1"_s.arg(name));
    static const QRegularExpression grantor(u"\\s+GRANTED BY "_s + name + u"$"_s);
    QList<RoleStatement> list;
    const QStringList statements = splitStatements(script);
    for (const QString &sql : statements) {
        if (const auto match = create.match(sql); match.hasMatch()) {
            list.append({RoleStatement::Kind::Create, sql, plainName(match.captured(1)), {}, {}});
        } else if (const auto changed = change.match(sql); changed.hasMatch()) {
            list.append({RoleStatement::Kind::Change, sql, plainName(changed.captured(1)), {}, {}});
        } else if (const auto said = comment.match(sql); said.hasMatch()) {
            list.append({RoleStatement::Kind::Comment,
                         sql,
                         plainName(said.captured(1)),
                         {},
                         said.captured(2).replace("''"_L1, "'"_L1)});
        } else if (const auto member = membership.match(sql); member.hasMatch()) {
            list.append({RoleStatement::Kind::Membership,
                         QString(sql).remove(grantor),
                         plainName(member.captured(2)),
                         plainName(member.captured(1)),
                         {}});
        } else {
            list.append({RoleStatement::Kind::Other, sql, {}, {}, {}});
        }
    }
    return list;
}

QStringList statementsFor(const QList<RoleStatement> &statements, const QStringList &wanted)
{
    QStringList sql;
    for (const RoleStatement &statement : statements) {
        if (statement.kind != RoleStatement::Kind::Other &&
            statement.kind != RoleStatement::Kind::Membership && wanted.contains(statement.role))
            sql << statement.sql;
    }
    return sql;
}

QString scriptFor(const QList<RoleStatement> &statements, const QStringList &roles)
{
    QString script;
    for (const RoleStatement &statement : statements) {
        if (roles.contains(statement.role))
            script += statement.sql + ";\n"_L1;
    }
    return script;
}

QString commentOf(const QList<RoleStatement> &statements, const QString &role)
{
    for (const RoleStatement &statement : statements) {
        if (statement.kind == RoleStatement::Kind::Comment && statement.role == role)
            return statement.text;
    }
    return {};
}

} // namespace Branchline::Internal
