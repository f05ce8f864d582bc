// SPDX-License-Identifier: GPL-3.0-or-later
//
// Asks every search of queries.txt of a large library, one after the other, as the catalogue's page does, and
// prints how long people wait:
//
//     branchline-search-bench DATABASE_URL [ROUNDS]
//
// DATABASE_URL is the address of the main database as a desk has it (a login of the staff, who sees what row
// security lets through). The first round is not counted unless it is the only one; of the others each search
// has its median. What fails counts five seconds.
#include "db/config/clusterconfig.h"
#include "tests/bench/search/searchlist.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

double quantile(QList<double> values, double part)
{
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return values.isEmpty() ? 0 : values.at(static_cast<qsizetype>(std::ceil(part * last)));
}

void report(const QString &what, const QList<double> &values)
{
    std::printf("%-24s %5d   p50 %7.1f   p95 %7.1f   p99 %7.1f   most %7.1f ms\n", qPrintable(what),
                static_cast<int>(values.size()), quantile(values, 0.5), quantile(values, 0.95),
                quantile(values, 0.99), quantile(values, 1));
}

constexpr double failed = 5000; ///< milliseconds that a search counts that had no answer

/// A search of the list with the times of every round.
struct Measured
{
    const Bench::Search *search = nullptr;
    QList<double> answer;
    QList<double> facets;
    QList<double> length;
    Bench::Searched last;

    [[nodiscard]] double waited() const { return quantile(answer, 0.5); }
};

std::vector<Measured> measure(Cluster &cluster, const std::vector<Bench::Search> &searches, int rounds)
{
    std::vector<Measured> measured(searches.size());
    for (int round = 0; round <= rounds; ++round) {
        for (size_t i = 0; i < searches.size(); ++i) {
            Measured &one = measured[i];
            one.search = &searches[i];
            try {
                one.last = Bench::search(cluster, searches[i].question);
            } catch (const DbException &exception) {
                std::printf("failed: %s (%s)\n", qPrintable(searches[i].line),
                            qPrintable(exception.error().message));
                one.last.page = failed;
            }
            if (round < rounds && round == 0)
                continue; // what is read from the disk for the first time
            one.answer << one.last.answer();
            one.facets << one.last.facets;
            one.length << one.last.length;
        }
    }
    return measured;
}

void reportSlowest(std::vector<Measured> measured)
{
    std::sort(measured.begin(), measured.end(),
              [](const Measured &a, const Measured &b) { return a.waited() > b.waited(); });
    std::printf("slowest answers:\n");
    for (size_t i = 0; i < measured.size() && i < 10; ++i)
        std::printf("  %7.1f ms  %s\n", measured[i].waited(), qPrintable(measured[i].search->line));
}

void reportSuggestions(const std::vector<Measured> &measured)
{
    int meant = 0;
    int hit = 0;
    for (const Measured &one : measured) {
        if (one.search->meant.isEmpty() || !one.last.books.isEmpty())
            continue;
        ++meant;
        hit += one.last.suggestion && one.last.suggestion->words == one.search->meant ? 1 : 0;
    }
    std::printf("suggestions: %d of %d as meant\n", hit, meant);
}

void report(const std::vector<Measured> &measured)
{
    QList<double> answers;
    QList<double> facets;
    QList<double> lengths;
    QStringList kinds;
    QHash<QString, QList<double>> answersOf;
    for (const Measured &one : measured) {
        if (!kinds.contains(one.search->kind))
            kinds << one.search->kind;
        answersOf[one.search->kind] << one.waited();
        answers << one.waited();
        facets << quantile(one.facets, 0.5);
        lengths << quantile(one.length, 0.5);
    }
    for (const QString &kind : std::as_const(kinds))
        report(kind, answersOf.value(kind));
    report(u"all: rows or suggestion"_s, answers);
    report(u"all: counts beside them"_s, facets);
    report(u"all: length, first piece"_s, lengths);
    reportSuggestions(measured);
    reportSlowest(measured);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc < 2) {
        std::fprintf(stderr, "usage: branchline-search-bench DATABASE_URL [ROUNDS]\n");
        return 2;
    }
    try {
        const ClusterConfig config =
            ClusterConfig::load({.commandLineUrl = QString::fromLocal8Bit(argv[1])}).valueOrThrow();
        Cluster cluster(config, u"branchline search bench"_s);
        const std::vector<Bench::Search> searches = Bench::readSearchList(cluster);
        report(measure(cluster, searches, argc > 2 ? QByteArray(argv[2]).toInt() : 3));
    } catch (const DbException &exception) {
        std::fprintf(stderr, "%s\n%s\n", qPrintable(exception.error().message),
                     qPrintable(exception.error().hint));
        return 3;
    }
    return 0;
}
