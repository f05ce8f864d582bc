// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/catalog.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QMap>

#include <algorithm>
#include <tuple>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Definitions are spelt by these settings.
constexpr auto settle =
    "SET LOCAL search_path = pg_catalog; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; "
    "SET LOCAL intervalstyle = 'postgres'; SET LOCAL quote_all_identifiers = off; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'"_L1;

/// The version of PostgreSQL that the catalogs of the program were written down on.
constexpr int expectedServer = 15;

constexpr Statement serverVersion{
    "catalog_server"_L1, "SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major"_L1};
// Of another step than the last one it says nothing.
constexpr Statement recorded{"recorded_catalog"_L1,
                             "SELECT c.entries FROM public.schema_catalog AS c WHERE c.version = "
                             "(SELECT max(h.id) FROM public.schema_history AS h WHERE h.state = 'done')"_L1};
constexpr Statement correctRecord{"correct_catalog"_L1,
                                  "UPDATE public.schema_catalog SET entries = ?::text"_L1};
constexpr Statement hasRecord{"has_catalog"_L1,
                              "SELECT to_regclass('public.schema_catalog') IS NOT NULL AS present"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("SchemaCatalog", text);
}

QByteArray readFile(const QString &name)
{
    (void)migrations(DatabaseRole::Main); // registers the resources
    QFile file(u":/schema/catalog/%1"_s.arg(name));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("A file of the schema is missing from the program: %s", qPrintable(name));
    return file.readAll().replace("\r\n", "\n");
}

const QByteArray &readSql()
{
    static const QByteArray text = readFile(u"read.sql"_s);
    return text;
}

/// What is there, and what is to be said about it.
struct Found
{
    SchemaCatalog catalog;
    std::map<std::pair<QString, QString>, QString> notes;
};

Found read(Session &session)
{
    Found found;
    const auto ask = [&] {
        session.execText(u"catalog settings"_s, settle);
        const Rows rows = session.exec({"schema_catalog"_L1, QLatin1StringView(readSql())});
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            const std::pair key(row.text("kind"), row.text("name"));
            found.catalog.insert_or_assign(key, row.text("hash"));
            if (!row.text("note").isEmpty())
                found.notes.insert_or_assign(key, row.text("note"));
        }
    };
    if (session.inTransaction()) {
        ask();
    } else {
        Transaction transaction(session);
        ask();
        transaction.commit();
    }
    return found;
}

/// The hash of an object, or nothing when it is not in a catalog.
QString hashIn(const SchemaCatalog &catalog, const SchemaCatalog::key_type &object)
{
    const auto there = catalog.find(object);
    return there == catalog.end() ? QString() : there->second;
}

/// What an object is called in a sentence: "The %1 …".
QString typeName(const QString &type)
{
    static const QMap<QString, QString> names{
        {u"table"_s, tr("table")},
        {u"foreign table"_s, tr("foreign table")},
        {u"sequence"_s, tr("sequence")},
        {u"view"_s, tr("view")},
        {u"column"_s, tr("column")},
        {u"constraint"_s, tr("constraint")},
        {u"index"_s, tr("index")},
        {u"trigger"_s, tr("trigger")},
        {u"foreign key check"_s, tr("check of the foreign key")},
        {u"rule"_s, tr("rule")},
        {u"policy"_s, tr("policy")},
        {u"function"_s, tr("function")},
        {u"procedure"_s, tr("procedure")},
        {u"superuser function"_s, tr("superuser's function")},
        {u"type"_s, tr("type")},
        {u"partitions"_s, tr("set of partitions of")},
        {u"schema"_s, tr("schema")},
        {u"event trigger"_s, tr("event trigger")},
        {u"setting"_s, tr("setting")},
        {u"default privileges"_s, tr("set of default privileges")},
    };
    return names.value(type, type);
}

/// "the trigger audit of book_lending"
QString described(const SchemaDifference &difference)
{
    static const QStringList parts{u"column"_s, u"constraint"_s, u"trigger"_s, u"foreign key check"_s,
                                   u"rule"_s,   u"policy"_s};
    const QString name = difference.name;
    if (!parts.contains(difference.type))
        return u"%1 %2"_s.arg(typeName(difference.type), name);
    return tr("%1 %2 of %3").arg(typeName(difference.type), name.section(u'.', 1), name.section(u'.', 0, 0));
}

QString noteText(const QString &note)
{
    static const QMap<QString, QString> texts{
        {u"it is disabled"_s, tr("it is disabled")},
        {u"it is not valid"_s, tr("it is not valid")},
        {u"it was never checked"_s, tr("it was never checked")},
        {u"it acts always"_s, tr("it acts always")},
        {u"it acts on replicas only"_s, tr("it acts on replicas only")},
        {u"row security is off"_s, tr("row security is off")},
        {u"row security is not forced"_s, tr("row security is not forced")}};
    return texts.value(note, note);
}

} // namespace

QString SchemaDifference::sentence() const
{
    switch (kind) {
    case Kind::Missing:
        return tr("The %1 is missing.").arg(described(*this));
    case Kind::Extra:
        return tr("The %1 does not belong to this version of Branchline.").arg(described(*this));
    case Kind::Changed:
        break;
    }
    return note.isEmpty() ? tr("The %1 differs from this version of Branchline.").arg(described(*this))
                          : tr("The %1 differs from this version of Branchline: %2.")
                                .arg(described(*this), noteText(note));
}

QString SchemaDifference::kindName() const
{
    return kind == Kind::Missing ? u"missing"_s : kind == Kind::Extra ? u"extra"_s : u"changed"_s;
}

SchemaCatalog readCatalog(Session &session)
{
    return read(session).catalog;
}

const SchemaCatalog &expectedCatalog(DatabaseRole role)
{
    static const SchemaCatalog main = parseCatalog(QString::fromUtf8(readFile(u"main.txt"_s)));
    static const SchemaCatalog shard = parseCatalog(QString::fromUtf8(readFile(u"shard.txt"_s)));
    return role == DatabaseRole::Main ? main : shard;
}

QString catalogText(const SchemaCatalog &catalog)
{
    QString text;
    for (const auto &[object, hash] : catalog)
        text += u"%1 %2: %3\n"_s.arg(hash, object.first, object.second);
    return text;
}

SchemaCatalog parseCatalog(const QString &text)
{
    SchemaCatalog catalog;
    const QStringList lines = text.split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        const QString object = line.section(u' ', 1);
        const qsizetype colon = object.indexOf(": "_L1);
        catalog.insert_or_assign({object.left(colon), object.mid(colon + 2)}, line.section(u' ', 0, 0));
    }
    return catalog;
}

QString catalogHash(const SchemaCatalog &catalog)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(catalogText(catalog).toUtf8(), QCryptographicHash::Sha256).toHex());
}

QString catalogTableSql()
{
    return uR"(
    CREATE TABLE IF NOT EXISTS public.schema_catalog (
        single      boolean     PRIMARY KEY DEFAULT true CHECK (single),
        version     int         NOT NULL,
        entries     text        NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now()
    );
)"_s;
}

QString recordCatalogSql()
{
    return settle +
           u";\nINSERT INTO public.schema_catalog (version, entries)\n"
           "SELECT (SELECT max(h.id) FROM public.schema_history AS h WHERE h.state = 'done'),\n"
           "       string_agg(e.hash || ' ' || e.kind || ': ' || e.name || E'\\n', '' ORDER BY e.kind, "
           "e.name)\n"
           "  FROM (\n%1) AS e\n"
           "ON CONFLICT (single) DO UPDATE\n"
           "   SET version = excluded.version, entries = excluded.entries, recorded_at = now();\n"_s.arg(
               QString::fromUtf8(readSql()));
}

void recordCatalog(Session &session, const std::vector<SchemaDifference> &before)
{
    if (!session.inTransaction()) {
        Transaction transaction(session);
        recordCatalog(session, before);
        transaction.commit();
        return;
    }
    session.execText(u"record the catalog"_s, u"SET LOCAL ROLE branchline_owner; "_s + recordCatalogSql());
    if (before.empty())
        return;
    SchemaCatalog catalog = parseCatalog(session.exec(recorded)->row(0).text("entries"));
    for (const SchemaDifference &difference : before) {
        const SchemaCatalog::key_type object(difference.type, difference.name);
        if (hashIn(catalog, object) != difference.found)
            continue; // the step has made it anew
        if (difference.expected.isEmpty())
            catalog.erase(object);
        else
            catalog.insert_or_assign(object, difference.expected);
    }
    session.exec(correctRecord, {catalogText(catalog)});
}

SchemaComparison compareSchema(Session &session, DatabaseRole role, bool isComplete,
                               const QString &ignoredIndex)
{
    const Found found = read(session);
    SchemaComparison comparison{.hash = catalogHash(found.catalog)};
    SchemaCatalog expected;
    if (isComplete && session.exec(serverVersion)->row(0).number("major") == expectedServer) {
        expected = expectedCatalog(role);
        comparison.against = SchemaComparison::Against::Program;
    } else if (session.exec(hasRecord)->row(0).flag("present")) {
        const Rows rows = session.exec(recorded);
        if (rows->rowCount() > 0) {
            expected = parseCatalog(rows->row(0).text("entries"));
            comparison.against = SchemaComparison::Against::Recorded;
        }
    }
    if (comparison.against == SchemaComparison::Against::Nothing)
        return comparison;

    using Kind = SchemaDifference::Kind;
    const auto note = [&](Kind kind, const SchemaCatalog::key_type &object) {
        if (object.first == "index"_L1 && object.second == ignoredIndex)
            return;
        const auto known = found.notes.find(object);
        comparison.differences.push_back({.kind = kind,
                                          .type = object.first,
                                          .name = object.second,
                                          .note = known == found.notes.end() ? QString() : known->second,
                                          .found = hashIn(found.catalog, object),
                                          .expected = hashIn(expected, object)});
    };
    for (const auto &[object, hash] : expected) {
        const auto there = found.catalog.find(object);
        if (there == found.catalog.end())
            note(Kind::Missing, object);
        else if (there->second != hash)
            note(Kind::Changed, object);
    }
    for (const auto &[object, hash] : found.catalog) {
        if (!expected.contains(object))
            note(Kind::Extra, object);
    }
    std::sort(comparison.differences.begin(), comparison.differences.end(),
              [](const SchemaDifference &a, const SchemaDifference &b) {
                  return std::tie(a.type, a.name) < std::tie(b.type, b.name);
              });
    return comparison;
}

} // namespace Branchline
