// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/placement.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTest>

#include <array>
#include <cmath>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Where branches are proposed to live must be the same on every platform, in every release, for ever.
class TestPlacement final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void frozenVectors_data();
    void frozenVectors();
    void shardIdsAreFrozen();
    void sameAnswerInAnyOrder();
    void addingAShardMovesOnlyToIt();
    void removingAShardMovesOnlyFromIt();
    void sharesFollowTheWeights_data();
    void sharesFollowTheWeights();
    void closedShardsAreSkipped();
    void lessLoadedOfTheTwoBest();
    void loadIsRelativeToWeight();
    void distanceIsTheLogarithm();
    void distanceNeverGrowsWithTheScore();

private:
    std::vector<PlacementCandidate> threeShards(int main, int secondary, int tertiary) const;
};

namespace {

const std::array<QString, 3> names{u"main"_s, u"secondary"_s, u"tertiary"_s};

std::vector<QUuid> someIds(size_t count, quint32 seed)
{
    QRandomGenerator random(seed);
    std::vector<QUuid> ids(count);
    for (QUuid &id : ids) {
        std::array<quint32, 4> words{};
        random.fillRange(words.data(), words.size());
        id = QUuid::fromRfc4122(QByteArrayView(reinterpret_cast<const char *>(words.data()), 16));
    }
    return ids;
}

std::vector<PlacementCandidate> someShards(size_t count)
{
    std::vector<PlacementCandidate> shards;
    for (const QUuid &id : someIds(count, 77))
        shards.push_back({.shardId = id, .weight = 50 + 25 * static_cast<int>(shards.size())});
    return shards;
}

QUuid bestOf(const QUuid &branch, const std::vector<PlacementCandidate> &shards)
{
    return shards[rankShards(branch, shards).front()].shardId;
}

} // namespace

std::vector<PlacementCandidate> TestPlacement::threeShards(int main, int secondary, int tertiary) const
{
    return {{.shardId = shardIdForName(names[0]), .weight = main},
            {.shardId = shardIdForName(names[1]), .weight = secondary},
            {.shardId = shardIdForName(names[2]), .weight = tertiary}};
}

void TestPlacement::frozenVectors_data()
{
    QTest::addColumn<QStringList>("cells");
    QFile file(u":/placement_vectors.csv"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    int rows = 0;
    while (!file.atEnd()) {
        const QString line = QString::fromLatin1(file.readLine()).trimmed();
        if (line.startsWith(u'#') || line.startsWith("shard,"_L1) || line.startsWith("branch,"_L1))
            continue;
        QTest::newRow(qPrintable(line.section(u',', 0, 0))) << line.split(u',');
        ++rows;
    }
    QVERIFY2(rows >= 64, "Vectors are missing.");
}

void TestPlacement::frozenVectors()
{
    QCOMPARE(placementAlgorithm, 1);
    QFETCH(const QStringList, cells);
    QCOMPARE(cells.size(), 6);
    const QUuid branch(cells.at(0));
    for (int i = 0; i < 3; ++i) {
        const quint64 score = placementScore(branch, shardIdForName(names[static_cast<size_t>(i)]));
        QCOMPARE(QString::number(score, 16).rightJustified(16, u'0'), cells.at(1 + i));
    }
    QCOMPARE(names[*proposeShard(branch, threeShards(100, 100, 100))], cells.at(4));
    QCOMPARE(names[rankShards(branch, threeShards(100, 250, 50)).front()], cells.at(5));
}

void TestPlacement::shardIdsAreFrozen()
{
    QFile file(u":/placement_vectors.csv"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QStringList ids;
    while (!file.atEnd() && ids.isEmpty()) {
        const QString line = QString::fromLatin1(file.readLine()).trimmed();
        if (line.startsWith("shard,"_L1))
            ids = line.split(u',').mid(1);
    }
    QCOMPARE(ids.size(), 3);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(shardIdForName(names[static_cast<size_t>(i)]), QUuid(ids.at(i)));
}

void TestPlacement::sameAnswerInAnyOrder()
{
    auto shards = someShards(7);
    auto turned = shards;
    std::reverse(turned.begin(), turned.end());
    for (const QUuid &branch : someIds(500, 1)) {
        QCOMPARE(bestOf(branch, shards), bestOf(branch, turned));
        QCOMPARE(rankShards(branch, shards), rankShards(branch, shards));
    }
}

void TestPlacement::addingAShardMovesOnlyToIt()
{
    const auto after = someShards(6);
    const std::vector<PlacementCandidate> before(after.begin(), after.end() - 1);
    int moved = 0;
    for (const QUuid &branch : someIds(5000, 2)) {
        const QUuid now = bestOf(branch, after);
        if (now == bestOf(branch, before))
            continue;
        QCOMPARE(now, after.back().shardId);
        ++moved;
    }
    // Its share: weight 175 of 675 in all.
    QVERIFY2(moved > 1150 && moved < 1450, qPrintable(QString::number(moved)));
}

void TestPlacement::removingAShardMovesOnlyFromIt()
{
    const auto before = someShards(6);
    auto after = before;
    const QUuid gone = after[2].shardId;
    after.erase(after.begin() + 2);
    for (const QUuid &branch : someIds(5000, 3)) {
        const QUuid home = bestOf(branch, before);
        if (home != gone)
            QCOMPARE(bestOf(branch, after), home);
    }
}

void TestPlacement::sharesFollowTheWeights_data()
{
    QTest::addColumn<QList<int>>("weights");
    QTest::newRow("equal") << QList<int>{100, 100, 100};
    QTest::newRow("unequal") << QList<int>{100, 250, 50};
    QTest::newRow("extreme") << QList<int>{1, 10, 1000};
}

/// The chi-square statistic with two degrees of freedom exceeds 13.8 once in a thousand fair samples; the ids
/// are the same in every run.
void TestPlacement::sharesFollowTheWeights()
{
    QFETCH(const QList<int>, weights);
    const auto shards = threeShards(weights.at(0), weights.at(1), weights.at(2));
    const auto ids = someIds(30000, 4);
    std::array<int, 3> counts{};
    for (const QUuid &branch : ids)
        ++counts[rankShards(branch, shards).front()];
    const double sum = weights.at(0) + weights.at(1) + weights.at(2);
    double chiSquare = 0;
    for (size_t i = 0; i < 3; ++i) {
        const double expected = static_cast<double>(ids.size()) * shards[i].weight / sum;
        chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    QVERIFY2(chiSquare < 13.8, qPrintable(QString::number(chiSquare)));
}

void TestPlacement::closedShardsAreSkipped()
{
    auto shards = threeShards(100, 0, 100);
    shards[2].accepts = false;
    for (const QUuid &branch : someIds(200, 5))
        QCOMPARE(proposeShard(branch, shards), std::optional<size_t>(0));
    shards[0].accepts = false;
    QCOMPARE(proposeShard(QUuid::createUuidV5(QUuid(), QByteArray("x")), shards), std::nullopt);
    QCOMPARE(proposeShard(QUuid(), {}), std::nullopt);
}

void TestPlacement::lessLoadedOfTheTwoBest()
{
    for (const QUuid &branch : someIds(200, 6)) {
        auto shards = threeShards(100, 100, 100);
        const auto order = rankShards(branch, shards);
        QCOMPARE(*proposeShard(branch, shards), order[0]);
        shards[order[0]].branches = 3;
        shards[order[1]].branches = 3;
        QCOMPARE(*proposeShard(branch, shards), order[0]); // equal: the better one
        shards[order[0]].branches = 4;
        QCOMPARE(*proposeShard(branch, shards), order[1]);
        shards[order[1]].branches = 5; // the third is empty, but not among the two best
        QCOMPARE(*proposeShard(branch, shards), order[0]);
    }
}

void TestPlacement::loadIsRelativeToWeight()
{
    for (const QUuid &branch : someIds(200, 7)) {
        auto shards = threeShards(100, 100, 100);
        const auto order = rankShards(branch, shards);
        shards[order[0]].branches = 10;
        shards[order[1]].branches = 6;
        QCOMPARE(*proposeShard(branch, shards), order[1]);
        auto heavy = shards;
        heavy[order[0]].weight = 1000; // it stays first and has ten branches per 1000
        QCOMPARE(*proposeShard(branch, heavy), order[0]);
    }
}

void TestPlacement::distanceIsTheLogarithm()
{
    QRandomGenerator random(8);
    std::vector<quint64> scores{0,          1,          2,         3,    1ULL << 31, (1ULL << 32) - 1,
                                1ULL << 32, 1ULL << 63, ~0ULL - 1, ~0ULL};
    for (int bit = 0; bit < 64; ++bit) {
        for (int i = 0; i < 100; ++i)
            scores.push_back(random.generate64() >> bit);
    }
    const long double most = std::ldexp(1.0L, -20);
    for (const quint64 score : scores) {
        const long double exact = 64 - std::log2(static_cast<long double>(score == 0 ? 1 : score));
        const long double ours = std::ldexp(static_cast<long double>(placementDistance(score)), -32);
        QVERIFY2(std::fabs(ours - exact) <= most, qPrintable(QString::number(score)));
    }
}

void TestPlacement::distanceNeverGrowsWithTheScore()
{
    QRandomGenerator random(9);
    for (int i = 0; i < 20000; ++i) {
        const quint64 score = random.generate64() >> (i % 60);
        const quint64 more = score + 1 + (random.generate64() >> (4 + i % 60)) / 2;
        if (more > score)
            QVERIFY(placementDistance(more) <= placementDistance(score));
    }
}

QTEST_GUILESS_MAIN(TestPlacement)
#include "tst_placement.moc"
