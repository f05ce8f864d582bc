// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/rightslibrary.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

bool RightsLibrary::start()
{
    if (!m_library.start())
        return false;
    m_here = m_library.addBranch(u"main"_s);
    m_there = m_library.addBranch(u"secondary"_s);
    m_book =
        await(addBook(m_library.cluster(), {.title = u"Rights of Man"_s, .authors = {u"Thomas Paine"_s}}))
            .valueOrThrow()
            .id;
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"21 days"_s);
    m_library.setRule(nullptr, u"child"_s, u"book"_s, u"21 days"_s, 0);
    return true;
}

Place RightsLibrary::furnish(const BranchEntry &branch)
{
    constexpr int copies = 14;
    Place place{.branch = branch,
                .database = branch.shard + "_shard"_L1,
                .card = m_library.addPatron(branch),
                .patron = {},
                .child = m_library.addPatron(branch, u"child"_s),
                .kept = {},
                .keptCopy = {},
                .shelfCopy = {},
                .lent = {},
                .free = {}};
    place.patron = QUuid(m_library.value(
        u"main"_s, u"SELECT user_id FROM user_cards WHERE card_number = '%1'"_s.arg(place.card)));
    m_library.sql(u"main"_s,
                  u"UPDATE users SET email = '%1@example.org', phone = '5550100', address = 'Lane 1' "
                  "WHERE id = '%2'"_s.arg(place.card, bare(place.patron)));
    QStringList barcodes;
    for (int i = 0; i < copies; ++i)
        barcodes << u"r%1"_s.arg(++m_copies);
    const QString list = u"'{%1}'::text[]"_s.arg(barcodes.join(u','));
    const QString id = bare(branch.id);
    m_library.sql(
        place.database,
        u"INSERT INTO physical_exemplars (branch_id, id, barcode, book_id, material_type_id) "
        "SELECT '%1', md5(b)::uuid, b, '%2', (SELECT id FROM material_types WHERE code = 'book') FROM unnest(%3) AS b"_s
            .arg(id, bare(m_book), list));
    m_library.sql(
        u"main"_s,
        u"INSERT INTO exemplar_barcodes (exemplar_id, branch_id, barcode, state, book_id) "
        "SELECT md5(b)::uuid, '%1', b, 'live', '%2' FROM unnest(%3) AS b"_s.arg(id, bare(m_book), list));
    const QStringList lent = barcodes.first(5);
    m_library.sql(
        place.database,
        u"SELECT checkout(uuid_v7(), '%1', %2, '%1', b, '%3') FROM unnest('{%4}'::text[]) AS b"_s.arg(
            id, QString::number(branch.epoch), place.card, lent.join(u',')));
    m_library.sql(place.database, u"SELECT checkin(uuid_v7(), '%1', %2, '%1', '%3')"_s.arg(
                                      id, QString::number(branch.epoch), lent.last()));
    const auto copy = [&](const QString &barcode) {
        return QUuid(m_library.value(
            place.database, u"SELECT id FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode)));
    };
    place.kept = lent.first();
    place.keptCopy = copy(place.kept);
    place.shelfCopy = copy(barcodes.last());
    place.lent = lent.sliced(1, 3);
    place.free = barcodes.sliced(5, copies - 6);
    return place;
}

void RightsLibrary::makeOrdinary()
{
    // The databases of the library share a server.
    m_library.ddl(u"main"_s,
                  u"REVOKE branchline_admin FROM librarian; GRANT branchline_staff TO librarian"_s);
}

void RightsLibrary::setRights(const QStringList &codes, const BranchEntry *branch)
{
    m_library.sql(u"main"_s, u"UPDATE staff_assignments SET revoked_at = now() "
                             "WHERE login = 'librarian' AND revoked_at IS NULL"_s);
    for (const QString &code : codes) {
        m_library.sql(u"main"_s, u"SELECT assign_right('librarian', '%1', %2)"_s.arg(
                                     code, branch ? u"'%1'"_s.arg(bare(branch->id)) : u"NULL"_s));
    }
    m_library.settle();
}

} // namespace Branchline
