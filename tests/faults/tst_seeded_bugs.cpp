// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;

/// A checker that has never found anything proves nothing: each bug that is put in on purpose must be found,
/// by the rule that it breaks, and the same faults without a bug must break none.
class TestSeededBugs final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void is_caught_data();
    void is_caught();
};

void TestSeededBugs::is_caught_data()
{
    QTest::addColumn<QStringList>("rules");
    QTest::newRow("none") << QStringList();
    QTest::newRow("settle-by-select") << QStringList{u"I2"_s};
    QTest::newRow("row-lock-fence") << QStringList{u"F1"_s, u"F2"_s};
    QTest::newRow("repeatable-read-fence") << QStringList{u"F1"_s};
    QTest::newRow("no-unique-index") << QStringList{u"I3"_s};
}

void TestSeededBugs::is_caught()
{
    QFETCH(const QStringList, rules);
    QProcess drill;
    drill.setProcessChannelMode(QProcess::MergedChannels);
    drill.start(QStringLiteral(BRANCHLINE_DRILL),
                {u"--seeded"_s, QString::fromLatin1(QTest::currentDataTag())});
    QVERIFY2(drill.waitForFinished(180'000), "The drill does not end.");
    const QByteArray output = drill.readAll();
    QCOMPARE(drill.exitStatus(), QProcess::NormalExit);
    QVERIFY2(drill.exitCode() == (rules.isEmpty() ? 0 : 1), output.constData());
    const bool isFound = std::any_of(rules.begin(), rules.end(), [&output](const QString &rule) {
        return output.contains("\nBROKEN " + rule.toLatin1() + ": ");
    });
    QVERIFY2(rules.isEmpty() || isFound, output.constData());
    if (!rules.isEmpty())
        qInfo().noquote() << output.mid(output.indexOf("\nBROKEN ")).left(400);
}

QTEST_GUILESS_MAIN(TestSeededBugs)
#include "tst_seeded_bugs.moc"
