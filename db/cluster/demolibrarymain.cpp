// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibrarymain.h"

#include "db/connection/dberror.h"
#include "db/routing/directory.h"
#include "db/routing/placement.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

// A row of jobs is the mark: it says for which day the library is made, so that a call on the next day
// finishes the library that was begun.
constexpr Statement readMark{"demo_mark"_L1, "SELECT state = 'done' AS done, payload ->> 'day' AS day "
                                             "FROM public.jobs WHERE kind = 'demo library'"_L1};
constexpr Statement writeMark{"demo_mark_begin"_L1,
                              "INSERT INTO public.jobs (kind, state, payload) "
                              "VALUES ('demo library', 'running', jsonb_build_object('day', ?::text))"_L1};
constexpr Statement finishMark{"demo_mark_done"_L1, "UPDATE public.jobs SET state = 'done' "
                                                    "WHERE kind = 'demo library' AND state <> 'done'"_L1};
constexpr Statement isEmpty{"library_is_empty"_L1,
                            "SELECT NOT EXISTS (SELECT FROM public.books) "
                            "   AND NOT EXISTS (SELECT FROM public.users) "
                            "   AND NOT EXISTS (SELECT FROM public.branches) "
                            "   AND NOT EXISTS (SELECT FROM public.exemplar_barcodes) AS empty"_L1};

constexpr Statement addBranch{"add_branch"_L1,
                              "SELECT public.add_branch(?::uuid, ?::text, ?::text, ?::text)"_L1};
constexpr Statement placeBranch{"place_branch"_L1, "SELECT public.place_branch(?::uuid, ?::uuid, false)"_L1};
constexpr Statement addCalendar{
    "demo_calendar"_L1,
    "INSERT INTO public.branch_calendar (branch_id, weekday, on_date, is_open, note) "
    "SELECT c.branch, c.weekday, c.day, false, c.note "
    "FROM jsonb_to_recordset(?::jsonb) AS c (branch uuid, weekday smallint, day date, note text)"_L1};
constexpr Statement addSettings{"demo_settings"_L1,
                                "INSERT INTO public.branch_settings (branch_id, key, value) "
                                "SELECT s.branch, s.key, s.value FROM jsonb_to_recordset(?::jsonb) "
                                "AS s (branch uuid, key text, value text)"_L1};
constexpr Statement addUserType{"add_user_type"_L1, "SELECT public.add_user_type(?::text, ?::text)"_L1};
constexpr Statement addMaterial{"add_material_type"_L1,
                                "SELECT public.add_material_type(?::text, ?::text)"_L1};
constexpr Statement setRule{"set_loan_rule"_L1,
                            "SELECT public.set_loan_rule(?::uuid, ?::text, ?::text, ?::int, "
                            "?::int, ?::int)"_L1};

// Books with all their parts in one statement, so that their summaries are written once.
constexpr Statement addBooks{
    "demo_books"_L1,
    "WITH line AS MATERIALIZED ( "
    "    SELECT * FROM jsonb_to_recordset(?::jsonb) AS b (id uuid, isbn text, title text, authors text[], "
    "        year integer, language text, categories text[], original_language text, original_title text, "
    "        description text) "
    "), author AS ( "
    "    INSERT INTO public.authors (name) SELECT DISTINCT a FROM line, unnest(authors) AS a ORDER BY a "
    "    RETURNING id, name "
    "), category AS ( "
    "    INSERT INTO public.book_categories (name) SELECT DISTINCT c FROM line, unnest(categories) AS c "
    "ORDER BY c "
    "    RETURNING id, name "
    "), book AS ( "
    "    INSERT INTO public.books (id, isbn13, title, language, year) "
    "    SELECT id, isbn, title, language, year FROM line RETURNING id "
    "), written AS ( "
    "    INSERT INTO public.author_book (book_id, author_id, position) "
    "    SELECT l.id, a.id, w.place FROM line AS l, unnest(l.authors) WITH ORDINALITY AS w (name, place) "
    "      JOIN author AS a ON a.name = w.name "
    "), filed AS ( "
    "    INSERT INTO public.category_book (book_id, category_id) "
    "    SELECT l.id, c.id FROM line AS l, unnest(l.categories) AS f (name) JOIN category AS c ON c.name = "
    "f.name "
    "), told AS ( "
    "    INSERT INTO public.book_data (book_id, language, title, description) "
    "    SELECT id, original_language, original_title, NULL FROM line WHERE original_title IS NOT NULL "
    "    UNION ALL "
    "    SELECT id, language, NULL, description FROM line WHERE description IS NOT NULL "
    ") SELECT count(*) AS books FROM book"_L1};

constexpr Statement addPatrons{
    "demo_patrons"_L1,
    "WITH line AS MATERIALIZED ( "
    "    SELECT * FROM jsonb_to_recordset(?::jsonb) AS p (id uuid, family text, given text, type text, "
    "        branch uuid, cards text[], lost boolean, email text, phone text, address text, born date, "
    "        expires date, active boolean, block text, reason text, until timestamptz) "
    "), patron AS ( "
    "    INSERT INTO public.users (id, family_name, given_name, user_type_id, home_branch_id, email, phone, "
    "address, "
    "        born_on, active, expires_on) "
    "    SELECT l.id, l.family, l.given, t.id, l.branch, l.email, l.phone, l.address, l.born, l.active, "
    "l.expires "
    "      FROM line AS l JOIN public.user_types AS t ON t.code = l.type AND t.deleted_at IS NULL "
    "), card AS ( "
    "    INSERT INTO public.user_cards (user_id, card_number, active) "
    "    SELECT l.id, c.number, c.place = cardinality(l.cards) AND NOT l.lost "
    "      FROM line AS l, unnest(l.cards) WITH ORDINALITY AS c (number, place) "
    ") "
    "INSERT INTO public.user_blocks (user_id, code, reason, until) "
    "SELECT id, block, reason, until FROM line WHERE block IS NOT NULL"_L1};

constexpr Statement claimBarcodes{
    "demo_barcodes"_L1,
    "INSERT INTO public.exemplar_barcodes (exemplar_id, branch_id, barcode, book_id) "
    "SELECT c.id, c.branch, c.barcode, c.book "
    "FROM jsonb_to_recordset(?::jsonb) AS c (id uuid, branch uuid, barcode text, book uuid)"_L1};
// The claims of other copies are not touched, were they made in the meantime.
constexpr Statement settleBarcodes{"demo_barcodes_live"_L1,
                                   "UPDATE public.exemplar_barcodes SET state = 'live' "
                                   "WHERE state = 'claimed' AND exemplar_id = ANY (?::uuid[])"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("DemoLibrary", text);
}

QString json(const QJsonArray &rows)
{
    return QString::fromUtf8(QJsonDocument(rows).toJson(QJsonDocument::Compact));
}

QJsonValue text(const QString &value)
{
    return value.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(value);
}

QString plain(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

class MainPart
{
public:
    MainPart(Session &main, const DemoLibrary &library)
        : m_main(main)
        , m_library(library)
    {}

    void write()
    {
        m_main.exec(writeMark, {m_library.day.toString(Qt::ISODate)});
        branches();
        calendar();
        types();
        books();
        patrons();
        barcodes();
    }

private:
    void branches()
    {
        for (const DemoBranch &branch : m_library.branches) {
            m_main.exec(addBranch, {branch.id, branch.code, branch.name, branch.timezone});
            // Read anew each time: a proposal depends on the branches placed before.
            const auto directory = Directory::read(m_main);
            const auto chosen = proposeShard(branch.id, directory->candidates());
            if (!chosen) {
                throw DbException({.kind = DbErrorKind::Conflict,
                                   .message = tr("No shard takes new branches."),
                                   .hint = tr("Prepare the databases with “branchlinectl init”."),
                                   .database = m_main.database()});
            }
            m_main.exec(placeBranch, {branch.id, directory->shards()[*chosen].id});
        }
    }

    void calendar()
    {
        QJsonArray closed;
        QJsonArray settings;
        for (const DemoBranch &branch : m_library.branches) {
            const QString id = plain(branch.id);
            closed.append(QJsonObject{{u"branch"_s, id}, {u"weekday"_s, 7}, {u"note"_s, u"Sunday"_s}});
            if (branch.closedOnMonday)
                closed.append(QJsonObject{{u"branch"_s, id}, {u"weekday"_s, 1}, {u"note"_s, u"Monday"_s}});
            for (const auto &[day, note] : demoHolidays(m_library.day)) {
                closed.append(
                    QJsonObject{{u"branch"_s, id}, {u"day"_s, day.toString(Qt::ISODate)}, {u"note"_s, note}});
            }
            settings.append(QJsonObject{{u"branch"_s, id},
                                        {u"key"_s, u"opening_hours"_s},
                                        {u"value"_s, u"10:00-19:00, Sat 10:00-16:00"_s}});
            settings.append(
                QJsonObject{{u"branch"_s, id}, {u"key"_s, u"currency"_s}, {u"value"_s, u"EUR"_s}});
        }
        m_main.exec(addCalendar, {json(closed)});
        m_main.exec(addSettings, {json(settings)});
    }

    void types()
    {
        for (const DemoUserType &type : m_library.userTypes)
            m_main.exec(addUserType, {type.code, type.name});
        for (const DemoUserType &material : m_library.materials)
            m_main.exec(addMaterial, {material.code, material.name});
        for (const DemoRule &rule : m_library.rules) {
            m_main.exec(setRule, {rule.branch < 0 ? QVariant()
                                                  : m_library.branches[static_cast<size_t>(rule.branch)].id,
                                  orNull(rule.userType), orNull(rule.material),
                                  rule.days > 0 ? QVariant(rule.days) : QVariant(),
                                  rule.minutes > 0 ? QVariant(rule.minutes) : QVariant(), rule.limit});
        }
    }

    void books()
    {
        QJsonArray rows;
        for (const DemoBook &book : m_library.books) {
            rows.append(QJsonObject{{u"id"_s, plain(book.id)},
                                    {u"isbn"_s, text(book.isbn13)},
                                    {u"title"_s, book.title},
                                    {u"authors"_s, QJsonArray::fromStringList(book.authors)},
                                    {u"year"_s, book.year ? QJsonValue(*book.year) : QJsonValue()},
                                    {u"language"_s, text(book.language)},
                                    {u"categories"_s, QJsonArray::fromStringList(book.categories)},
                                    {u"original_language"_s, text(book.originalLanguage)},
                                    {u"original_title"_s, text(book.originalTitle)},
                                    {u"description"_s, text(book.description)}});
        }
        m_main.exec(addBooks, {json(rows)});
    }

    void patrons()
    {
        QJsonArray rows;
        for (const DemoPatron &patron : m_library.patrons) {
            rows.append(
                QJsonObject{{u"id"_s, plain(patron.id)},
                            {u"family"_s, patron.familyName},
                            {u"given"_s, patron.givenName},
                            {u"type"_s, patron.type},
                            {u"branch"_s, plain(m_library.branches[static_cast<size_t>(patron.branch)].id)},
                            {u"cards"_s, QJsonArray::fromStringList(patron.cards)},
                            {u"lost"_s, patron.cardLost},
                            {u"email"_s, text(patron.email)},
                            {u"phone"_s, text(patron.phone)},
                            {u"address"_s, text(patron.address)},
                            {u"born"_s, patron.bornOn.toString(Qt::ISODate)},
                            {u"expires"_s, patron.expiresOn.toString(Qt::ISODate)},
                            {u"active"_s, patron.active},
                            {u"block"_s, text(patron.blockCode)},
                            {u"reason"_s, text(patron.blockReason)},
                            {u"until"_s, text(patron.blockedUntil.toString(Qt::ISODate))}});
        }
        m_main.exec(addPatrons, {json(rows)});
    }

    void barcodes()
    {
        QJsonArray rows;
        for (const DemoCopy &copy : m_library.copies) {
            rows.append(
                QJsonObject{{u"id"_s, plain(copy.id)},
                            {u"branch"_s, plain(m_library.branches[static_cast<size_t>(copy.branch)].id)},
                            {u"barcode"_s, copy.barcode},
                            {u"book"_s, plain(m_library.books[static_cast<size_t>(copy.book)].id)}});
        }
        m_main.exec(claimBarcodes, {json(rows)});
    }

    Session &m_main;
    const DemoLibrary &m_library;
};

} // namespace

std::optional<DemoMark> readDemoMark(Session &main)
{
    const Rows rows = main.exec(readMark);
    if (rows->rowCount() > 0) {
        const auto mark = rows->row(0);
        return DemoMark{mark.flag("done"), QDate::fromString(mark.text("day"), Qt::ISODate)};
    }
    if (!main.exec(isEmpty)->row(0).flag("empty")) {
        throw DbException(
            {.kind = DbErrorKind::Conflict,
             .message =
                 tr("This library already holds other data, so the demo library was not loaded into it."),
             .hint = tr(
                 "Load it into a new library: name an empty folder with --dir, or remove the local library "
                 "with “branchlinectl local destroy --yes” first."),
             .database = main.database()});
    }
    return {};
}

void writeDemoMain(Session &main, const DemoLibrary &library)
{
    Transaction transaction(main);
    MainPart(main, library).write();
    transaction.commit();
}

void finishDemo(Session &main, const DemoLibrary &library)
{
    QList<QUuid> copies;
    for (const DemoCopy &copy : library.copies)
        copies << copy.id;
    Transaction transaction(main);
    main.exec(settleBarcodes, {arrayLiteral(copies)});
    main.exec(finishMark);
    transaction.commit();
}

} // namespace Branchline
