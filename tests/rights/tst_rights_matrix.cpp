// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/matrixactions.h"

#include <QFile>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// The table of docs/RIGHTS.md: its columns, and of each action a cell for every column.
struct Matrix
{
    QStringList columns;
    QStringList actions;
    QHash<QString, QStringList> cells;
};

QStringList cellsOf(const QString &line)
{
    QStringList cells;
    for (const QString &cell : line.trimmed().split(u'|').sliced(1))
        cells << cell.trimmed();
    cells.removeLast();
    return cells;
}

Matrix documentedMatrix()
{
    Matrix matrix;
    QFile file(QStringLiteral(BRANCHLINE_DOCS "/RIGHTS.md"));
    if (!file.open(QIODevice::ReadOnly))
        return matrix;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(u'\n')) {
        if (line.startsWith("| action |"_L1)) {
            matrix.columns = cellsOf(line).sliced(1);
        } else if (!matrix.columns.isEmpty() && !line.startsWith(u'|')) {
            break; // the end of the table
        } else if (!matrix.columns.isEmpty() && line.startsWith("| "_L1)) {
            matrix.actions << cellsOf(line).first();
            matrix.cells.insert(matrix.actions.last(), cellsOf(line).sliced(1));
        }
    }
    return matrix;
}

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

QString text(Attempt attempt)
{
    return attempt == Attempt::Allowed ? u"allowed"_s : u"refused"_s;
}

} // namespace

/// Every cell of the documented matrix is true, for the program and for psql.
class TestRightsMatrix final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void documentation_names_every_action();
    void cells_data();
    void cells();

private:
    [[nodiscard]] QString filled(QString sql, Place &place) const;
    [[nodiscard]] Attempt typed(const MatrixAction &action, Place &place);
    void tryCell(const MatrixAction &action, const QString &cell, Place &place, bool isOwn);
    [[nodiscard]] bool isNoted(const MatrixAction &action, const Place &place);

    Matrix m_matrix = documentedMatrix();
    std::vector<MatrixAction> m_actions = matrixActions();
    RightsLibrary m_rights;
    std::map<QString, std::pair<Place, Place>> m_places;
    std::map<QString, std::unique_ptr<Session>> m_sessions;
    std::unique_ptr<Cluster> m_cluster;
    QStringList m_wrong;
};

void TestRightsMatrix::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    for (const QString &column : m_matrix.columns) {
        Place here = m_rights.furnish(m_rights.here());
        m_places.emplace(column, std::pair{here, m_rights.furnish(m_rights.there())});
    }
    PreparedLibrary &library = m_rights.library();
    library.sql(u"main"_s, u"SELECT add_staff('temp', 'Temp'), add_staff('gone', 'Gone')"_s);
    for (const QString &database : {u"main"_s, u"main_shard"_s, u"secondary_shard"_s})
        m_sessions.emplace(database, library.newSession(database));
    m_cluster = library.newCluster(u"matrix"_s);
}

void TestRightsMatrix::documentation_names_every_action()
{
    QCOMPARE(m_matrix.columns.first(), u"none"_s);
    QVERIFY(m_matrix.columns.size() >= 10);
    QStringList names;
    for (const MatrixAction &action : m_actions)
        names << action.name;
    QStringList documented = m_matrix.actions;
    names.sort();
    documented.sort();
    QCOMPARE(documented, names);
    for (const QString &action : m_matrix.actions) {
        QCOMPARE(m_matrix.cells.value(action).size(), m_matrix.columns.size());
        for (const QString &cell : m_matrix.cells.value(action))
            QVERIFY2((QStringList{u"own"_s, u"all"_s, u"noted"_s, u"–"_s}.contains(cell)), qPrintable(cell));
    }
}

void TestRightsMatrix::cells_data()
{
    QTest::addColumn<QString>("column");
    for (const QString &column : m_matrix.columns)
        QTest::newRow(qPrintable(column)) << column;
}

/// The login has the rights of the column at the first branch; the second one is another's.
void TestRightsMatrix::cells()
{
    QFETCH(const QString, column);
    const bool isEverywhere = column.endsWith(" everywhere"_L1);
    const QStringList codes =
        column == "none"_L1 ? QStringList() : QString(column).remove(" everywhere"_L1).split(" + "_L1);
    m_rights.setRights(codes, isEverywhere ? nullptr : &m_rights.here());
    auto &[own, other] = m_places.at(column);
    m_wrong.clear();
    for (const MatrixAction &action : m_actions) {
        const QString cell = m_matrix.cells.value(action.name).at(m_matrix.columns.indexOf(column));
        tryCell(action, cell, own, true);
        tryCell(action, cell, other, false);
    }
    QVERIFY2(m_wrong.isEmpty(), qPrintable(m_wrong.join(u'\n')));
}

void TestRightsMatrix::tryCell(const MatrixAction &action, const QString &cell, Place &place, bool isOwn)
{
    const bool isAllowed = cell == "all"_L1 || cell == "noted"_L1 || (cell == "own"_L1 && isOwn);
    const Attempt expected = isAllowed ? Attempt::Allowed : Attempt::Refused;
    const auto compare = [&](const char *way, const auto &attempt) {
        QString seen;
        try {
            seen = text(attempt());
        } catch (const DbException &e) {
            seen = e.error().sqlState + u' ' + e.error().message;
        }
        if (seen != text(expected))
            m_wrong << u"%1, %2 branch, %3: %4"_s.arg(action.name, isOwn ? u"own"_s : u"other"_s,
                                                      QString::fromLatin1(way), seen);
    };
    compare("psql", [&] { return typed(action, place); });
    if (action.call)
        compare("program", [&] { return action.call(*m_cluster, place); });
    if (!action.note.isEmpty() && isNoted(action, place) != (cell == "noted"_L1 && !isOwn))
        m_wrong << u"%1, %2 branch: noted in the audit log"_s.arg(action.name,
                                                                  isOwn ? u"own"_s : u"other"_s) +
                       (isOwn ? u"."_s : u" wrongly or not at all."_s);
}

QString TestRightsMatrix::filled(QString sql, Place &place) const
{
    if (sql.contains("%free"_L1))
        sql.replace("%free"_L1, place.free.takeFirst());
    if (sql.contains("%lent"_L1))
        sql.replace("%lent"_L1, place.lent.takeFirst());
    return sql.replace("%branch"_L1, bare(place.branch.id))
        .replace("%epoch"_L1, QString::number(place.branch.epoch))
        .replace("%card"_L1, place.card)
        .replace("%child"_L1, place.child)
        .replace("%patron"_L1, bare(place.patron))
        .replace("%kept"_L1, place.kept)
        .replace("%copy"_L1, bare(place.shelfCopy))
        .replace("%request"_L1, bare(newUuid()))
        .replace("%new"_L1, bare(newUuid()));
}

/// As somebody with psql: what is noted first is asked for again.
Attempt TestRightsMatrix::typed(const MatrixAction &action, Place &place)
{
    Session &session = *m_sessions.at(action.database == "main"_L1 ? u"main"_s : place.database);
    const QByteArray sql = filled(action.sql, place).toUtf8();
    QString value;
    try {
        for (int i = 0; i < 2; ++i) {
            value = session.exec({QLatin1StringView(sql), QLatin1StringView(sql)})->at(0, 0).toString();
            if (!action.sql.contains("patron"_L1) || value != "0"_L1)
                break;
        }
    } catch (const DbException &e) {
        if (e.error().sqlState == "LB004"_L1 || e.error().sqlState == "42501"_L1)
            return Attempt::Refused;
        throw;
    }
    return value.isEmpty() || value == "0"_L1 || value == "f"_L1 || value == "false"_L1 ? Attempt::Refused
                                                                                        : Attempt::Allowed;
}

bool TestRightsMatrix::isNoted(const MatrixAction &action, const Place &place)
{
    return m_rights.library()
               .value(action.noteDatabase == "main"_L1 ? u"main"_s : place.database,
                      u"SELECT count(*) FROM audit_log WHERE op = 'read' AND actor = 'librarian' "
                      "AND row_id = '%1' AND branch_id = '%2' AND new ->> 'read' = '%3'"_s.arg(
                          bare(place.patron), bare(place.branch.id), action.note))
               .toInt() > 0;
}

QTEST_GUILESS_MAIN(TestRightsMatrix)
#include "tst_rights_matrix.moc"
