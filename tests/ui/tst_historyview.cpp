// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historywords.h"
#include "models/roles.h"
#include "tests/support/preparedlibrary.h"
#include "ui/catalogue/copyeditor.h"
#include "ui/history/historypane.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QSignalSpy>
#include <QTest>
#include <QTimeZone>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The history of a record as the last part of its form, with a library behind it.
class TestHistoryView final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void a_copy_shows_field_by_field();
    void times_are_those_of_the_branch();
    void older_pages_are_added();
    void older_pages_stay_while_the_window_is_away();
    void a_refused_history_says_so();
    void a_refusal_names_the_branch_of_the_desk();
    void columns_are_told_in_words();
    void codes_are_told_in_words();
    void the_form_shows_it_as_its_last_part();

private:
    [[nodiscard]] QUuid copyWith(const QString &barcode)
    {
        return QUuid(m_library.value(
            u"main_shard"_s, u"SELECT id FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode)));
    }
    /// The texts of a column, from the newest on.
    [[nodiscard]] static QStringList column(const HistorySession &session, int column)
    {
        QStringList texts;
        for (int row = 0; row < session.model()->rowCount(); ++row)
            texts << session.model()->index(row, column).data().toString();
        return texts;
    }

    PreparedLibrary m_library;
    BranchEntry m_branch;
};

#define TRY_READY(session) QTRY_COMPARE_WITH_TIMEOUT((session)->state(), HistorySession::State::Ready, 10000)

void TestHistoryView::initTestCase()
{
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
    QLocale::setDefault(QLocale::c());
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"main"_s, u"Asia/Tokyo"_s);
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"21 days"_s);
}

void TestHistoryView::a_copy_shows_field_by_field()
{
    const QString barcode = m_library.addCopy(m_branch);
    const QString card = m_library.addPatron(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, barcode), Outcome::Returned);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, barcode), Outcome::Refused);

    HistoryPane pane(new HistorySession(m_library.cluster()));
    pane.resize(1100, 500);
    pane.show();
    pane.session()->readRecord(u"physical_exemplars"_s, copyWith(barcode));
    TRY_READY(pane.session());
    const QStringList what = column(*pane.session(), HistoryModel::What);
    const QStringList field = column(*pane.session(), HistoryModel::Field);
    const QStringList before = column(*pane.session(), HistoryModel::Before);
    const QStringList after = column(*pane.session(), HistoryModel::After);
    const QString refusedHere = u"Return refused at %1"_s.arg(m_branch.name);
    QCOMPARE(what.first(3), (QStringList{refusedHere, u"Changed"_s, u"Changed"_s}));
    // The workstation, without the program and what it was doing.
    QCOMPARE(column(*pane.session(), HistoryModel::Desk).first(), u"desk"_s);
    QCOMPARE(field.first(3), (QStringList{u"Reason"_s, u"Status"_s, u"Status"_s}));
    QCOMPARE(before.first(3), (QStringList{QString(), u"lent"_s, u"available"_s}));
    QCOMPARE(after.first(3), (QStringList{u"The copy is not on loan."_s, u"available"_s, u"lent"_s}));
    QVERIFY(field.contains(u"Barcode"_s) && after.contains(barcode));
    QVERIFY(field.contains(u"Material"_s) && !after.join(u' ').contains(u"_id"_s));
    QVERIFY(!pane.list()->isEmpty());
    QVERIFY2(pane.summary().contains(u"entries"_s), qPrintable(pane.summary()));
    const QModelIndex refused = pane.session()->model()->index(0, HistoryModel::What);
    QCOMPARE(refused.data(Roles::StatusKind).toInt(), int(Roles::Refused));
    if (const QString folder = qEnvironmentVariable("BRANCHLINE_SHOTS"); !folder.isEmpty())
        QVERIFY(pane.grab().save(QDir(folder).filePath(u"history-pane.png"_s)));
}

void TestHistoryView::times_are_those_of_the_branch()
{
    const QString barcode = m_library.addCopy(m_branch);
    HistorySession session(m_library.cluster());
    session.readRecord(u"physical_exemplars"_s, copyWith(barcode));
    TRY_READY(&session);
    const QString when = column(session, HistoryModel::When).first();
    const auto there = QDateTime::currentDateTimeUtc().toTimeZone(QTimeZone("Asia/Tokyo"));
    // The minute may have changed since.
    const auto text = [](const QDateTime &time) { return QLocale().toString(time, u"d MMM yyyy HH:mm"_s); };
    QVERIFY2(when.startsWith(text(there)) || when.startsWith(text(there.addSecs(-60))), qPrintable(when));
}

void TestHistoryView::older_pages_are_added()
{
    const QString barcode = m_library.addCopy(m_branch);
    m_library.sql(u"main_shard"_s, u"SELECT count(*) FROM physical_exemplars"_s);
    for (int i = 0; i < 120; ++i) {
        m_library.sql(u"main_shard"_s,
                      u"UPDATE physical_exemplars SET room = %1 WHERE barcode = '%2'"_s.arg(i).arg(barcode));
    }
    HistoryPane pane(new HistorySession(m_library.cluster()));
    pane.session()->readRecord(u"physical_exemplars"_s, copyWith(barcode));
    TRY_READY(pane.session());
    QVERIFY(pane.session()->hasMore());
    QCOMPARE(pane.session()->model()->entryCount(), 100);
    pane.session()->readMore();
    TRY_READY(pane.session());
    QVERIFY(!pane.session()->hasMore());
    QCOMPARE(column(*pane.session(), HistoryModel::After).first(), u"119"_s);
    QCOMPARE(column(*pane.session(), HistoryModel::Field).count(u"Room"_s), 120);
}

void TestHistoryView::older_pages_stay_while_the_window_is_away()
{
    const QString barcode = m_library.addCopy(m_branch);
    for (int i = 0; i < 120; ++i) {
        m_library.sql(u"main_shard"_s,
                      u"UPDATE physical_exemplars SET room = %1 WHERE barcode = '%2'"_s.arg(i).arg(barcode));
    }
    QWidget page;
    page.resize(900, 500);
    auto *pane = new HistoryPane(new HistorySession(m_library.cluster()), &page);
    connect(pane, &HistoryPane::shown, pane, [this, pane, barcode] {
        pane->session()->readRecord(u"physical_exemplars"_s, copyWith(barcode));
    });
    QSignalSpy shown(pane, &HistoryPane::shown);
    page.show();
    QCOMPARE(shown.size(), 1);
    TRY_READY(pane->session());
    page.hide(); // another page, or a lock
    page.show();
    QCOMPARE(shown.size(), 2); // nobody has gone back: what is newest is shown
    TRY_READY(pane->session());
    const auto buttons = pane->findChildren<QAbstractButton *>();
    for (QAbstractButton *button : buttons) {
        if (button->text() == u"Show older"_s)
            button->click();
    }
    TRY_READY(pane->session());
    const int entries = pane->session()->model()->entryCount();
    QVERIFY(entries > 100);
    page.hide();
    page.show();
    QCOMPARE(shown.size(), 2);
    QCOMPARE(pane->session()->model()->entryCount(), entries);
    pane->hide(); // another part of the form
    pane->show();
    QCOMPARE(shown.size(), 3);
    TRY_READY(pane->session());
    QCOMPARE(pane->session()->model()->entryCount(), 100);
}

void TestHistoryView::a_refused_history_says_so()
{
    HistoryPane pane(new HistorySession(m_library.cluster()));
    pane.session()->readRecord(u"nonsense"_s, newUuid());
    QTRY_COMPARE_WITH_TIMEOUT(pane.session()->state(), HistorySession::State::Failed, 10000);
    QVERIFY(pane.list()->isEmpty());
    QVERIFY2(pane.session()->error()->message.contains(u"nonsense"_s),
             qPrintable(pane.session()->error()->message));
    QCOMPARE(pane.list()->words(), u"The history cannot be read"_s);
}

void TestHistoryView::a_refusal_names_the_branch_of_the_desk()
{
    const BranchEntry other = m_library.addBranch(u"main"_s, u"UTC"_s);
    m_library.settle();
    const QString barcode = m_library.addCopy(m_branch);
    COMPARE_OUTCOME(m_library.takeBack(other, barcode), Outcome::Refused);
    HistorySession session(m_library.cluster());
    session.readRecord(u"physical_exemplars"_s, copyWith(barcode));
    TRY_READY(&session);
    QCOMPARE(column(session, HistoryModel::What).first(), u"Return refused at %1"_s.arg(other.name));
    QVERIFY(!column(session, HistoryModel::Field).contains(u"Desk of"_s)); // said already
}

void TestHistoryView::columns_are_told_in_words()
{
    // Every column of every table that has a history, as the databases have them.
    for (const QString &database : {u"main"_s, u"main_shard"_s}) {
        const Rows columns = m_library.sql(
            database, u"SELECT DISTINCT c.column_name::text AS name FROM information_schema.columns AS c "
                      "JOIN pg_trigger AS t ON t.tgname IN ('audit', 'record_change') "
                      "AND t.tgrelid = ('public.' || quote_ident(c.table_name))::regclass "
                      "WHERE c.table_schema = 'public'"_s);
        QVERIFY(columns->rowCount() > 20);
        for (int row = 0; row < columns->rowCount(); ++row) {
            const QString name = columns->row(row).text("name");
            const QString words = historyFieldText(name);
            QVERIFY2(!words.contains(u'_') && words.front().isUpper() && words != name, qPrintable(name));
        }
    }
    QCOMPARE(historyFieldText(u"made_up_at"_s), u"Made up"_s);
    QCOMPARE(historyFieldText(u"row_version"_s), u"Version"_s);
}

void TestHistoryView::codes_are_told_in_words()
{
    const auto words = [](const QString &field, const QString &code, const QString &table = u"any"_s) {
        return historyCodeText(table, field, code);
    };
    QCOMPARE(words(u"status"_s, u"in_transit"_s), u"on its way"_s);
    QCOMPARE(words(u"state"_s, u"draining"_s), u"being emptied"_s);
    QCOMPARE(words(u"kind"_s, u"waived"_s), u"waived"_s);
    QCOMPARE(words(u"right_code"_s, u"desk"_s), u"Lend and take back"_s);
    QCOMPARE(words(u"right_code"_s, u"override:limit"_s), u"Lend above the limit"_s);
    QCOMPARE(words(u"override_codes"_s, uR"(["limit", "new_code"])"_s),
             u"limit of open loans and new code"_s);
    QCOMPARE(words(u"override_codes"_s, uR"(["due_date"])"_s), u"due date"_s);
    HistoryEntry entry;
    entry.operation = u"update"_s;
    entry.table = u"staff"_s;
    entry.changes = {{.field = u"login"_s, .before = {}, .after = u"made, password set, branchline_staff"_s}};
    QCOMPARE(historyValueText(entry, u"login"_s, entry.changes.front().after),
             u"login made, password set, group staff"_s);
    QCOMPARE(historyValueText(entry, u"login"_s, {}), QString());
    entry.changes.front().before = u"ended"_s; // that is the name of a person
    QCOMPARE(historyValueText(entry, u"login"_s, u"ended"_s), u"ended"_s);
    QCOMPARE(words(u"weekday"_s, u"1"_s), QLocale().dayName(1));
    QCOMPARE(words(u"status"_s, u"made_up"_s), u"made up"_s); // newer than the list
    QCOMPARE(words(u"kind"_s, u"made_up"_s, u"jobs"_s), u"made_up"_s);
    QCOMPARE(words(u"title"_s, u"lent"_s), u"lent"_s);
    // Every code that the database takes has words.
    for (const QString &database : {u"main"_s, u"main_shard"_s}) {
        const Rows codes = m_library.sql(
            database,
            u"SELECT a.attname::text AS field, m.code[1] AS code FROM pg_constraint AS c "
            "JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND ARRAY[a.attnum] = c.conkey "
            "CROSS JOIN LATERAL regexp_matches(pg_get_constraintdef(c.oid), $re$'([a-z_]+)'::text$re$, "
            "'g') AS m (code) WHERE c.contype = 'c' AND a.attname IN ('status', 'state')"_s);
        QVERIFY(codes->rowCount() > 5);
        for (int row = 0; row < codes->rowCount(); ++row) {
            const QString code = codes->row(row).text("code");
            const QString text = words(codes->row(row).text("field"), code);
            QVERIFY2(!text.contains(u'_') && !text.isEmpty(), qPrintable(code));
        }
    }
}

void TestHistoryView::the_form_shows_it_as_its_last_part()
{
    const QString barcode = m_library.addCopy(m_branch);
    const QUuid copy = copyWith(barcode);
    auto *session = new CopySession(m_library.cluster(), m_branch.id, copy);
    CopyEditor sheet(session, u"Catalogue"_s);
    auto *pane = new HistoryPane(new HistorySession(m_library.cluster()));
    connect(pane, &HistoryPane::shown, pane,
            [pane, copy] { pane->session()->readRecord(u"physical_exemplars"_s, copy); });
    sheet.addPage(u"history"_s, u"history"_s, u"History"_s, pane);
    session->read();
    sheet.resize(1366, 680);
    sheet.show();
    QTRY_COMPARE_WITH_TIMEOUT(session->state(), EditSession::State::Ready, 10000);
    QVERIFY(!pane->isVisible());
    QCOMPARE(pane->session()->state(), HistorySession::State::Empty); // nobody has asked
    sheet.showPart(u"history"_s);
    QVERIFY(pane->isVisible());
    TRY_READY(pane->session());
    QVERIFY(pane->session()->model()->rowCount() > 0);
    if (const QString folder = qEnvironmentVariable("BRANCHLINE_SHOTS"); !folder.isEmpty())
        QVERIFY(sheet.grab().save(QDir(folder).filePath(u"history-form.png"_s)));
    sheet.showPart(u"nothing of that name"_s);
    QVERIFY(!pane->isVisible());
}

QTEST_MAIN(TestHistoryView)
#include "tst_historyview.moc"
