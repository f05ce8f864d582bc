// SPDX-License-Identifier: GPL-3.0-or-later
//
// Branchline's side of a comparison with other programs: what the runner of ./dev bench calls. It makes a
// library of its own on the server of PGHOST, PGPORT and PGUSER, and does in it through the program's own
// router, pools, sessions and functions what the others do by theirs. docs/BENCHMARKS.md says what the
// figures mean.
//
//     branchline-bench setup
//     branchline-bench run WORKLOAD CLIENTS SECONDS
#include "tests/bench/branchline-bench/setup.h"
#include "tests/bench/branchline-bench/workloads.h"

#include <QCoreApplication>

#include <cstdio>

using namespace Branchline;
using namespace Branchline::Bench;
using namespace Qt::StringLiterals;

namespace {

int usage()
{
    std::fputs("usage: branchline-bench setup\n"
               "       branchline-bench run WORKLOAD CLIENTS SECONDS\n",
               stderr);
    return 2;
}

int perform(const QStringList &words)
{
    if (words == QStringList{u"setup"_s}) {
        setUp(BenchLibrary::fromEnvironment());
        return 0;
    }
    if (words.size() != 4 || words[0] != "run"_L1)
        return usage();
    const int clients = words[2].toInt();
    const double seconds = words[3].toDouble();
    if (clients < 1 || clients > 50 || seconds <= 0)
        return usage();
    runWorkload(BenchLibrary::fromEnvironment(), words[1], clients, seconds);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    try {
        return perform(QCoreApplication::arguments().mid(1));
    } catch (const DbException &e) {
        const DbError &error = e.error();
        std::fprintf(stderr, "branchline-bench: %s %s %s\n", qPrintable(error.message),
                     qPrintable(error.detail), qPrintable(error.hint));
        return 1;
    }
}
