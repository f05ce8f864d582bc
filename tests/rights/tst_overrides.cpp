// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/rightslibrary.h"
#include "tests/support/ctl.h"

#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

/// Lending against a rule: who may, and what is kept of it.
class TestOverrides final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void override_needs_right_and_reason();
    void a_repeated_request_keeps_its_reason();
    void other_refusals_stand();
    void manual_due_date();
    void renewing_with_a_day_of_ones_own();
    void an_undone_renewal_takes_its_override_along();
    void what_cannot_be_overridden_is_an_error();
    void the_command_line_overrides();

private:
    [[nodiscard]] CirculationAnswer lend(const QString &barcode, const QString &card,
                                         const QStringList &overrides, const QString &reason,
                                         const QDate &dueOn = {}, const QUuid &request = newUuid());
    [[nodiscard]] QString kept(const QString &barcode);

    RightsLibrary m_rights;
    Place m_here;
};

void TestOverrides::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
}

CirculationAnswer TestOverrides::lend(const QString &barcode, const QString &card,
                                      const QStringList &overrides, const QString &reason, const QDate &dueOn,
                                      const QUuid &request)
{
    return await(checkOut(m_rights.library().cluster(), {.requestId = request,
                                                         .deskBranch = m_here.branch.id,
                                                         .barcode = barcode,
                                                         .card = card,
                                                         .dueOn = dueOn,
                                                         .overrides = overrides,
                                                         .overrideReason = reason}));
}

/// What stands in the open loan, and who made it by the audit log.
QString TestOverrides::kept(const QString &barcode)
{
    return m_rights.library().value(m_here.database,
                                    u"SELECT concat_ws(' | ', l.override_codes::text, l.override_reason, "
                                    u"a.actor, a.new ->> 'override_reason') "
                                    "FROM book_lending AS l JOIN physical_exemplars AS e ON (e.branch_id, "
                                    "e.id) = (l.branch_id, l.exemplar_id) "
                                    "JOIN audit_log AS a ON a.row_id = l.id AND a.op = 'insert' "
                                    "WHERE e.barcode = '%1' AND l.returned_at IS NULL"_s.arg(barcode));
}

void TestOverrides::override_needs_right_and_reason()
{
    const QString barcode = m_here.free.takeFirst();
    m_rights.setRights({u"desk"_s}, &m_here.branch);
    const CirculationAnswer plain = lend(barcode, m_here.child, {}, {});
    COMPARE_OUTCOME(plain, Outcome::Refused);
    QCOMPARE(reasonCodes(plain), QStringList{u"limit"_s});
    QVERIFY(plain.reasons.front().overridable);

    const CirculationAnswer noRight = lend(barcode, m_here.child, {u"limit"_s}, u"a class visits"_s);
    COMPARE_OUTCOME(noRight, Outcome::Refused);
    QCOMPARE(reasonCodes(noRight), (QStringList{u"limit"_s, u"override_right"_s}));
    QVERIFY2(noRight.reasons.back().text.contains(m_here.branch.code), describe(noRight).constData());

    // The right elsewhere is none here.
    m_rights.setRights({u"desk"_s, u"override:limit"_s}, &m_rights.there());
    m_rights.library().sql(u"main"_s,
                           u"SELECT assign_right('librarian', 'desk', '%1')"_s.arg(bare(m_here.branch.id)));
    m_rights.library().settle();
    COMPARE_OUTCOME(lend(barcode, m_here.child, {u"limit"_s}, u"a class visits"_s), Outcome::Refused);

    m_rights.setRights({u"desk"_s, u"override:limit"_s}, &m_here.branch);
    const CirculationAnswer noReason = lend(barcode, m_here.child, {u"limit"_s}, u"  "_s);
    COMPARE_OUTCOME(noReason, Outcome::Refused);
    QCOMPARE(reasonCodes(noReason), (QStringList{u"limit"_s, u"override_reason"_s}));

    COMPARE_OUTCOME(lend(barcode, m_here.child, {u"limit"_s}, u" a class visits "_s), Outcome::Lent);
    QCOMPARE(kept(barcode), u"{limit} | a class visits | librarian | a class visits"_s);
}

void TestOverrides::a_repeated_request_keeps_its_reason()
{
    const QString barcode = m_here.free.takeFirst();
    const QUuid request = newUuid();
    const auto first = lend(barcode, m_here.child, {u"limit"_s}, u"asked"_s, {}, request);
    COMPARE_OUTCOME(first, Outcome::Lent);
    const auto again = lend(barcode, m_here.child, {u"limit"_s}, u"asked"_s, {}, request);
    COMPARE_OUTCOME(again, Outcome::Lent);
    QCOMPARE(again.loanId, first.loanId);
    // The same id with something else asked is another action.
    const auto other = lend(barcode, m_here.child, {}, {}, {}, request);
    QVERIFY(other.error.has_value());
    QCOMPARE(other.error->sqlState, u"LB003"_s);
}

/// An override lifts its own code and no other, and is not kept where it was not needed.
void TestOverrides::other_refusals_stand()
{
    const QString barcode = m_here.free.takeFirst();
    m_rights.library().sql(
        m_here.database,
        u"UPDATE physical_exemplars SET status = 'damaged' WHERE barcode = '%1'"_s.arg(barcode));
    const auto damaged = lend(barcode, m_here.child, {u"limit"_s}, u"asked"_s);
    COMPARE_OUTCOME(damaged, Outcome::Refused);
    QCOMPARE(reasonCodes(damaged), QStringList{u"status"_s});
    m_rights.library().sql(
        m_here.database,
        u"UPDATE physical_exemplars SET status = 'available' WHERE barcode = '%1'"_s.arg(barcode));
    COMPARE_OUTCOME(lend(barcode, m_here.card, {u"limit"_s}, u"asked"_s), Outcome::Lent);
    QCOMPARE(kept(barcode), u"librarian"_s);
}

void TestOverrides::manual_due_date()
{
    const QString barcode = m_here.free.takeFirst();
    const QDate day = QDateTime::currentDateTimeUtc().date().addDays(40);
    m_rights.setRights({u"desk"_s}, &m_here.branch);
    const auto refused = lend(barcode, m_here.card, {}, {}, day);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), QStringList{u"override_right"_s});

    m_rights.setRights({u"desk"_s, u"override:due_date"_s}, &m_here.branch);
    const auto past = lend(barcode, m_here.card, {}, {}, day.addDays(-50));
    COMPARE_OUTCOME(past, Outcome::Failed);
    QCOMPARE(past.error->sqlState, u"LB006"_s);
    const auto lent = lend(barcode, m_here.card, {}, u"holidays"_s, day);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    QCOMPARE(lent.dueAt.date(), day);
    QCOMPARE(kept(barcode), u"{due_date} | holidays | librarian | holidays"_s);
}

/// Lending a copy to the patron who has it renews it; the day is chosen by the same right.
void TestOverrides::renewing_with_a_day_of_ones_own()
{
    const QString barcode = m_here.free.takeFirst();
    const QDate day = QDateTime::currentDateTimeUtc().date().addDays(50);
    COMPARE_OUTCOME(lend(barcode, m_here.card, {}, {}), Outcome::Lent);
    m_rights.setRights({u"desk"_s}, &m_here.branch);
    COMPARE_OUTCOME(lend(barcode, m_here.card, {}, {}, day), Outcome::Refused);
    m_rights.setRights({u"desk"_s, u"override:due_date"_s}, &m_here.branch);
    const auto renewed = lend(barcode, m_here.card, {}, u"abroad"_s, day);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(renewed.dueAt.date(), day);
    QCOMPARE(m_rights.library().value(m_here.database,
                                      u"SELECT override_codes::text || ' ' || override_reason "
                                      "FROM book_lending WHERE id = '%1'"_s.arg(bare(renewed.loanId))),
             u"{due_date} abroad"_s);
}

/// A renewal adds to what was overridden before, and undoing it leaves what the loan had.
void TestOverrides::an_undone_renewal_takes_its_override_along()
{
    const QString barcode = m_here.free.takeFirst();
    const QDate day = QDateTime::currentDateTimeUtc().date().addDays(60);
    m_rights.setRights({u"desk"_s, u"override:limit"_s, u"override:due_date"_s}, &m_here.branch);
    const auto now = [&](const CirculationAnswer &loan) {
        return m_rights.library().value(m_here.database,
                                        u"SELECT concat_ws(' | ', override_codes::text, override_reason) "
                                        "FROM book_lending WHERE id = '%1'"_s.arg(bare(loan.loanId)));
    };
    COMPARE_OUTCOME(lend(barcode, m_here.child, {u"limit"_s}, u"a class visits"_s), Outcome::Lent);
    const auto renewed = lend(barcode, m_here.child, {}, u"holidays"_s, day);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(now(renewed), u"{due_date,limit} | a class visits; holidays"_s);
    const auto again = lend(barcode, m_here.child, {}, {}, day.addDays(1));
    COMPARE_OUTCOME(again, Outcome::Renewed);
    QCOMPARE(now(again), u"{due_date,limit} | a class visits; holidays"_s);
    for (const CirculationAnswer &action : {again, renewed}) {
        COMPARE_OUTCOME(await(undo(m_rights.library().cluster(), {.deskBranch = m_here.branch.id,
                                                                  .copyBranch = action.copyBranch,
                                                                  .undoneRequestId = action.requestId,
                                                                  .barcode = barcode})),
                        Outcome::Undone);
    }
    QCOMPARE(now(renewed), u"{limit} | a class visits"_s);
}

void TestOverrides::what_cannot_be_overridden_is_an_error()
{
    const QString barcode = m_here.free.first();
    for (const QStringList &codes : {QStringList{u"blocked"_s}, QStringList{u"limit"_s, u"everything"_s}}) {
        const auto answer = lend(barcode, m_here.card, codes, u"asked"_s);
        QVERIFY(answer.error.has_value());
        QCOMPARE(answer.error->sqlState, u"LB006"_s);
    }
    QCOMPARE(lend(barcode, m_here.card, {u"limit"_s}, QString(501, u'x')).error->sqlState, u"LB006"_s);
}

void TestOverrides::the_command_line_overrides()
{
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_rights.library().servers().directory());
    m_rights.setRights({u"desk"_s, u"override:limit"_s}, &m_here.branch);
    const QString barcode = m_here.free.takeFirst();
    const QStringList checkout{u"checkout"_s, u"--branch"_s, m_here.branch.code, u"--patron"_s, m_here.child};
    const CtlRun plain = ctl.json(checkout + QStringList{barcode});
    QVERIFY2(plain.status == 1, plain.text().constData());
    const CtlRun unexplained = ctl.run(checkout + QStringList{u"--override"_s, u"limit"_s, barcode});
    QVERIFY2(unexplained.status == 2, unexplained.text().constData());
    const CtlRun lent = ctl.json(
        checkout + QStringList{u"--override"_s, u"limit"_s, u"--reason"_s, u"a class visits"_s, barcode});
    QVERIFY2(lent.status == 0, lent.text().constData());
    QCOMPARE(lent.json.value("results"_L1).toArray().at(0)[u"outcome"_s].toString(), u"lent"_s);
    QCOMPARE(kept(barcode), u"{limit} | a class visits | librarian | a class visits"_s);
    const CtlRun dated = ctl.json({u"checkout"_s, u"--branch"_s, m_here.branch.code, u"--patron"_s,
                                   m_here.card, u"--due"_s, u"2999-01-01"_s, m_here.free.first()});
    QVERIFY2(dated.status == 1 && dated.output.contains("override:due_date"_L1), dated.text().constData());
}

QTEST_GUILESS_MAIN(TestOverrides)
#include "tst_overrides.moc"
