// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/metrics.h"
#include "tests/support/prometheustext.h"

#include <QTest>

#include <limits>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The writer of Prometheus' text form, and the strict reader that the tests of health use.
class TestMetrics final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesFamilies();
    void escapes();
    void writesHistograms();
    void readerComplains_data();
    void readerComplains();
};

void TestMetrics::writesFamilies()
{
    MetricsText metrics;
    metrics.family("x_bytes", MetricsText::Type::Gauge, u"Size."_s);
    metrics.sample({{"database", u"main"_s}}, 9007199254740);
    metrics.family("x_calls_total", MetricsText::Type::Counter, u"Calls."_s);
    metrics.sample({}, 1);
    metrics.family("x_nothing", MetricsText::Type::Gauge, u"Left out without a sample."_s);
    metrics.family("x_bytes", MetricsText::Type::Gauge, u"Size."_s);
    metrics.sample({{"database", u"north_shard"_s}, {"desk", QString()}}, 0.25);
    metrics.sample({{"database", u"main"_s}}, 9007199254741);
    QCOMPARE(metrics.text(), QByteArray("# HELP x_bytes Size.\n"
                                        "# TYPE x_bytes gauge\n"
                                        "x_bytes{database=\"main\"} 9007199254741\n"
                                        "x_bytes{database=\"north_shard\"} 0.25\n"
                                        "# HELP x_calls_total Calls.\n"
                                        "# TYPE x_calls_total counter\n"
                                        "x_calls_total 1\n"));
    QCOMPARE(MetricsText().text(), QByteArray());
}

/// What another program calls itself is anything at all.
void TestMetrics::escapes()
{
    const QString name = u"a \"desk\",\\{of}\nSchöneberg="_s;
    MetricsText metrics;
    metrics.family("x", MetricsText::Type::Gauge, u"One\\two\nthree."_s);
    metrics.sample({{"desk", name}}, std::numeric_limits<double>::infinity());
    const PrometheusText read(QString::fromUtf8(metrics.text()));
    QCOMPARE(read.complaints(), QStringList());
    QVERIFY(read.value(u"x"_s, {{u"desk"_s, name}}));
    QVERIFY(metrics.text().startsWith("# HELP x One\\\\two\\nthree.\n"));
    QVERIFY(metrics.text().endsWith(" +Inf\n"));
}

void TestMetrics::writesHistograms()
{
    MetricsText metrics;
    metrics.family("x_seconds", MetricsText::Type::Histogram, u"Time."_s);
    metrics.histogram({{"statement", u"checkout"_s}}, {0.001, 0.5}, {3, 0, 2}, 4.25);
    metrics.histogram({{"statement", u"renew"_s}}, {0.001, 0.5}, {0, 1, 0}, 0.25);
    const PrometheusText read(QString::fromUtf8(metrics.text()));
    QCOMPARE(read.complaints(), QStringList());
    const auto bucket = [&](const QString &statement, const QString &bound) {
        return read.value(u"x_seconds_bucket"_s, {{u"statement"_s, statement}, {u"le"_s, bound}});
    };
    QCOMPARE(bucket(u"checkout"_s, u"0.001"_s), std::optional(3.0));
    QCOMPARE(bucket(u"checkout"_s, u"0.5"_s), std::optional(3.0));
    QCOMPARE(bucket(u"checkout"_s, u"+Inf"_s), std::optional(5.0));
    QCOMPARE(bucket(u"renew"_s, u"0.001"_s), std::optional(0.0));
    QCOMPARE(read.value(u"x_seconds_sum"_s), std::optional(4.5));
}

void TestMetrics::readerComplains_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isRight");
    const QString head = u"# HELP x Help.\n# TYPE x gauge\n"_s;
    QTest::addRow("right") << head + "x{a=\"1\",b=\"\"} -1.5e+20\nx{a=\"2\"} NaN\n"_L1 << true;
    QTest::addRow("no help") << u"# TYPE x gauge\nx 1\n"_s << false;
    QTest::addRow("no type") << u"# HELP x Help.\nx 1\n"_s << false;
    QTest::addRow("no samples") << head << false;
    QTest::addRow("no line end") << head + "x 1"_L1 << false;
    QTest::addRow("empty line") << head + "\nx 1\n"_L1 << false;
    QTest::addRow("two types") << head + "x 1\n# TYPE x gauge\n"_L1 << false;
    QTest::addRow("two samples") << head + "x{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 1\n"_L1 << false;
    QTest::addRow("another family") << head + "x 1\ny 1\n"_L1 << false;
    QTest::addRow("torn family") << head + "x 1\n# HELP y Help.\n# TYPE y gauge\ny 1\nx{a=\"1\"} 1\n"_L1
                                 << false;
    QTest::addRow("label twice") << head + "x{a=\"1\",a=\"2\"} 1\n"_L1 << false;
    QTest::addRow("label name") << head + "x{a-b=\"1\"} 1\n"_L1 << false;
    QTest::addRow("open quote") << head + "x{a=\"1} 1\n"_L1 << false;
    QTest::addRow("bare quote") << head + "x{a=\"1\"2\"} 1\n"_L1 << false;
    QTest::addRow("wrong escape") << head + "x{a=\"\\t\"} 1\n"_L1 << false;
    QTest::addRow("value") << head + "x 1,5\n"_L1 << false;
    const QString histogram = u"# HELP x Help.\n# TYPE x histogram\n"_s;
    QTest::addRow("histogram") << histogram +
                                      "x_bucket{le=\"1\"} 1\nx_bucket{le=\"+Inf\"} 2\nx_sum 3\nx_count 2\n"_L1
                               << true;
    QTest::addRow("histogram that falls")
        << histogram + "x_bucket{le=\"1\"} 3\nx_bucket{le=\"+Inf\"} 2\nx_sum 3\nx_count 2\n"_L1 << false;
    QTest::addRow("histogram without an end")
        << histogram + "x_bucket{le=\"1\"} 2\nx_sum 3\nx_count 2\n"_L1 << false;
    QTest::addRow("histogram with another count")
        << histogram + "x_bucket{le=\"+Inf\"} 2\nx_sum 3\nx_count 3\n"_L1 << false;
    QTest::addRow("counter without _total") << u"# HELP x Help.\n# TYPE x counter\nx 1\n"_s << false;
    QTest::addRow("gauge with _total")
        << u"# HELP x_total Help.\n# TYPE x_total gauge\nx_total 1\n"_s << false;
}

void TestMetrics::readerComplains()
{
    QFETCH(const QString, text);
    QFETCH(const bool, isRight);
    QCOMPARE(PrometheusText(text).complaints().isEmpty(), isRight);
}

QTEST_GUILESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
