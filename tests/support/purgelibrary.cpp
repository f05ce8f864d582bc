// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/purgelibrary.h"

#include "db/patrons/patronediting.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// A test that cannot be set up says nothing.
void mustBe(bool isSo)
{
    if (!isSo)
        qFatal("The patron could not be furnished.");
}

} // namespace

bool PurgeLibrary::start()
{
    if (!m_library.start()) {
        qWarning("%s", qPrintable(m_library.errorText()));
        return false;
    }
    m_alpha = m_library.addBranch(u"alpha"_s);
    m_beta = m_library.addBranch(u"beta"_s);
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
    return true;
}

PurgeLibrary::Person PurgeLibrary::makePerson()
{
    Person person;
    person.word = u"Xqz%1wv"_s.arg(++m_people);
    person.card = u"card-"_s + person.word;
    person.id = newUuid();
    const PatronRecord record{.id = person.id,
                              .familyName = u"Family"_s + person.word,
                              .givenName = u"Given"_s + person.word,
                              .typeCode = u"adult"_s,
                              .homeBranch = m_alpha.id,
                              .email = person.word + u"@example.org"_s,
                              .phone = u"+1 "_s + person.word,
                              .address = u"1 Street, "_s + person.word,
                              .bornOn = QDate(1990, 1, 2),
                              .expiresOn = {},
                              .cards = {{person.card, true}}};
    const auto saved = await(registerPatron(m_library.cluster(), record));
    mustBe(saved.isOk() && saved->isSaved());
    // A block that has ended, whose reason names the person and was told at the desk while it lasted.
    m_library.ddl(
        u"main"_s,
        u"INSERT INTO user_blocks (user_id, code, reason) VALUES ('%1', 'manual', 'Owes us %2')"_s.arg(
            person.idText(), person.word));
    m_library.settle();
    person.lentCopy = m_library.addCopy(m_alpha);
    const auto refused = m_library.lend(m_alpha, person.lentCopy, person.card);
    mustBe(refused.outcome == Outcome::Refused);
    m_library.ddl(u"main"_s,
                  u"UPDATE user_blocks SET deleted_at = now() WHERE user_id = '%1'"_s.arg(person.idText()));
    m_library.settle();
    for (const BranchEntry &branch : {m_alpha, m_beta}) {
        const QString copy = branch.id == m_alpha.id ? person.lentCopy : m_library.addCopy(branch);
        mustBe(m_library.lend(branch, copy, person.card).outcome == Outcome::Lent);
        mustBe(m_library.takeBack(branch, copy).outcome == Outcome::Returned);
    }
    m_library.ddl(u"beta_shard"_s, uR"(
        UPDATE book_lending SET override_codes = '{limit}', override_reason = 'Friend of %2' WHERE user_id = '%1';
        INSERT INTO charges (branch_id, user_id, kind, amount, note)
        SELECT branch_id, user_id, 'late', 2.50, 'Letter to %2' FROM book_lending WHERE user_id = '%1';
        INSERT INTO payments (branch_id, charge_id, kind, amount, note)
        SELECT branch_id, id, 'paid', 2.50, 'Paid by %2' FROM charges WHERE user_id = '%1')"_s.arg(
                                       person.idText(), person.word));
    return person;
}

QStringList PurgeLibrary::placesOf(const QString &word)
{
    QStringList places;
    for (const QString &database : m_databases) {
        const Rows columns = m_library.sql(
            database,
            u"SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
            u"WHERE "
            "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND "
            "a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, "
            "'text[]'::regtype, 'tsvector'::regtype, 'json'::regtype, 'varchar'::regtype)"_s);
        for (int i = 0; i < columns->rowCount(); ++i) {
            const QString table = columns->at(i, 0).toString();
            const QString column = columns->at(i, 1).toString();
            if (m_library.value(
                    database,
                    u"SELECT count(*) FROM public.%1 WHERE strpos(lower(%2::text), lower('%3')) > 0"_s.arg(
                        table, column, word)) != "0"_L1)
                places << u"%1 %2.%3"_s.arg(database, table, column);
        }
    }
    return places;
}

Result<PurgeReport> PurgeLibrary::purge(const QString &card, const QString &killAfter)
{
    return purgePatron(m_library.cluster(), card, {.progress = [&](QLatin1StringView step) {
                           if (step == killAfter)
                               throw Killed();
                       }});
}

QString PurgeLibrary::stateOf(const Person &person)
{
    QString state = m_library.value(u"main"_s, u"SELECT concat_ws('|', u.family_name, u.active, "
                                               u"u.deleted_at, u.purged_at, (SELECT string_agg(c.card_number "
                                               "|| c.active, ',') FROM user_cards AS c WHERE c.user_id = "
                                               "u.id AND c.deleted_at IS NULL), (SELECT count(*) "
                                               "FROM user_blocks AS b WHERE b.user_id = u.id AND "
                                               "b.deleted_at IS NULL)) FROM users AS u WHERE u.id = "
                                               "'%1'"_s.arg(person.idText()));
    for (const QString &database : {u"alpha_shard"_s, u"beta_shard"_s})
        state += u' ' + m_library.value(
                            database,
                            u"SELECT count(*) FROM book_lending WHERE user_id = '%1'"_s.arg(person.idText()));
    return state;
}

PurgeReport PurgeLibrary::done(const QString &card)
{
    auto report = purge(card);
    if (!report.isOk())
        qFatal("%s", qPrintable(report.error().message));
    return *report;
}

QString PurgeLibrary::phaseOf(const Person &person)
{
    return m_library.value(u"main"_s,
                           u"SELECT phase FROM patron_purges WHERE id = '%1'"_s.arg(person.idText()));
}

} // namespace Branchline
