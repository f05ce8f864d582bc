// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/breaker.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

DbError failure(const QString &message)
{
    return {.kind = DbErrorKind::Unreachable, .message = message};
}

} // namespace

/// When connections to a database that failed are tried again; the clock and the dice are the test's.
class TestBreaker final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void letsEverythingThroughAtFirst();
    void oneFailureOpensIt();
    void exactlyOneProbe();
    void successClosesIt();
    void pausesDouble();
    void pausesAreDrawn_data();
    void pausesAreDrawn();
    void manyFailuresAtOnceCountOnce();
    void successBeginsAnew();
    void drawsDiffer();

private:
    Breaker newBreaker()
    {
        return Breaker([this] { return m_now; }, [this] { return m_share; });
    }
    /// Fails the probe after the pause and returns the next pause.
    std::chrono::milliseconds failAgain(Breaker &breaker)
    {
        m_now += breaker.retryIn();
        if (!breaker.admit())
            qFatal("No probe after the pause.");
        breaker.failed(failure(u"again"_s));
        return breaker.retryIn();
    }

    Breaker::Clock::time_point m_now;
    double m_share = 0;
};

void TestBreaker::init()
{
    m_now = Breaker::Clock::time_point() + 1h;
    m_share = 0.999999;
}

void TestBreaker::letsEverythingThroughAtFirst()
{
    Breaker breaker = newBreaker();
    QCOMPARE(breaker.state(), Breaker::State::Closed);
    QCOMPARE(breaker.retryIn(), 0ms);
    for (int i = 0; i < 10; ++i)
        QVERIFY(breaker.admit());
    QCOMPARE(breaker.state(), Breaker::State::Closed);
}

void TestBreaker::oneFailureOpensIt()
{
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    QCOMPARE(breaker.state(), Breaker::State::Open);
    QCOMPARE(breaker.error().message, u"first"_s);
    QVERIFY(!breaker.admit());
    m_now += breaker.retryIn() - 1ms;
    QVERIFY(!breaker.admit());
    QCOMPARE(breaker.state(), Breaker::State::Open);
}

void TestBreaker::exactlyOneProbe()
{
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    m_now += breaker.retryIn();
    QVERIFY(breaker.admit());
    QCOMPARE(breaker.state(), Breaker::State::HalfOpen);
    m_now += 1h;
    QVERIFY(!breaker.admit());
    breaker.failed(failure(u"second"_s));
    QCOMPARE(breaker.state(), Breaker::State::Open);
    QCOMPARE(breaker.error().message, u"second"_s);
    QVERIFY(!breaker.admit());
}

void TestBreaker::successClosesIt()
{
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    m_now += breaker.retryIn();
    QVERIFY(breaker.admit());
    breaker.succeeded();
    QCOMPARE(breaker.state(), Breaker::State::Closed);
    QVERIFY(breaker.admit());
    QVERIFY(breaker.admit());
}

void TestBreaker::pausesDouble()
{
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    QList<std::chrono::milliseconds> pauses{breaker.retryIn()};
    for (int i = 0; i < 40; ++i)
        pauses << failAgain(breaker);
    const QList<std::chrono::milliseconds> most{200ms, 400ms, 800ms, 1600ms, 3200ms, 4000ms, 4000ms};
    for (qsizetype i = 0; i < most.size(); ++i)
        QVERIFY2(pauses.at(i) <= most.at(i) && pauses.at(i) >= most.at(i) - 5ms,
                 qPrintable(QString::number(pauses.at(i).count())));
    QVERIFY(pauses.last() <= 4000ms && pauses.last() >= 3995ms); // however long it lasts
}

void TestBreaker::pausesAreDrawn_data()
{
    QTest::addColumn<double>("share");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("third");
    QTest::newRow("the least") << 0.0 << 100 << 100;
    QTest::newRow("a quarter") << 0.25 << 125 << 275;
    QTest::newRow("three quarters") << 0.75 << 175 << 625;
}

void TestBreaker::pausesAreDrawn()
{
    QFETCH(const double, share);
    m_share = share;
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    QTEST(static_cast<int>(breaker.retryIn().count()), "first");
    (void)failAgain(breaker);
    QTEST(static_cast<int>(failAgain(breaker).count()), "third");
}

/// A desk that had four connections to a server that died notices it four times.
void TestBreaker::manyFailuresAtOnceCountOnce()
{
    Breaker breaker = newBreaker();
    for (int i = 0; i < 4; ++i)
        breaker.failed(failure(QString::number(i)));
    QVERIFY(breaker.retryIn() <= 200ms);
    QCOMPARE(breaker.error().message, u"3"_s);
    QVERIFY(failAgain(breaker) <= 400ms);
}

void TestBreaker::successBeginsAnew()
{
    Breaker breaker = newBreaker();
    breaker.failed(failure(u"first"_s));
    for (int i = 0; i < 5; ++i)
        (void)failAgain(breaker);
    QVERIFY(breaker.retryIn() > 3000ms);
    m_now += breaker.retryIn();
    QVERIFY(breaker.admit());
    breaker.succeeded();
    breaker.failed(failure(u"later"_s));
    QVERIFY(breaker.retryIn() <= 200ms);
}

/// A hundred desks whose server died do not come back in one moment.
void TestBreaker::drawsDiffer()
{
    QSet<qint64> pauses;
    for (int desk = 0; desk < 100; ++desk) {
        Breaker breaker([this] { return m_now; });
        breaker.failed(failure(u"first"_s));
        for (int i = 0; i < 4; ++i)
            (void)failAgain(breaker);
        pauses << breaker.retryIn().count();
        QVERIFY(breaker.retryIn() >= 100ms && breaker.retryIn() <= 3200ms);
        init();
    }
    QVERIFY2(pauses.size() > 70, qPrintable(QString::number(pauses.size())));
}

QTEST_GUILESS_MAIN(TestBreaker)
#include "tst_breaker.moc"
