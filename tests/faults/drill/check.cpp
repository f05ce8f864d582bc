// SPDX-License-Identifier: GPL-3.0-or-later
//
// branchline-drill-check FOLDER: reads the histories in FOLDER (desk-*.jsonl, conductor.jsonl) and all
// databases that FOLDER/databases.json names, and says what does not fit together. It links nothing of
// Branchline but the format of the histories. Exit status: 0 all rules hold, 1 some do not.
#include "tests/faults/drill/rules.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTextStream>

using namespace Branchline::Drill;
using namespace Qt::StringLiterals;

namespace {

/// A broken rule may be broken a thousand times; the first ones tell why.
constexpr int mostPerRule = 10;

int report(const Violations &violations, QTextStream &out)
{
    QMap<QString, int> counts;
    for (const Violation &violation : violations) {
        if (++counts[violation.rule] <= mostPerRule)
            out << "BROKEN " << violation.rule << ": " << violation.text << '\n';
    }
    for (auto it = counts.begin(); it != counts.end(); ++it)
        out << "Rule " << it.key() << " is broken " << it.value() << (it.value() == 1 ? " time" : " times")
            << ".\n";
    if (violations.empty())
        out << "Every rule holds: 0 lost, 0 doubled.\n";
    return violations.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    if (argc != 2)
        qFatal("Usage: branchline-drill-check FOLDER");
    const QString folder = QString::fromLocal8Bit(argv[1]);
    QMap<QString, QString> databases;
    for (const QJsonObject &line : readLines(folder + "/databases.json"_L1))
        databases.insert(line.value("database"_L1).toString(), line.value("address"_L1).toString());
    if (!databases.contains(u"main"_s))
        qFatal("%s/databases.json does not name the databases.", qPrintable(folder));

    QElapsedTimer timer;
    timer.start();
    QTextStream out(stdout);
    QStringList problems;
    const RecordedCalls calls = readCalls(folder, problems);
    const Snapshot snapshot = readSnapshot(databases);
    Violations violations;
    for (const QString &problem : problems)
        violations.push_back({u"history"_s, problem});
    for (const Violations &part :
         {checkAnswers(calls, snapshot), checkEffects(snapshot), checkLoans(snapshot), checkPlaces(snapshot),
          checkFences(folder), checkRegisters(calls)})
        violations.insert(violations.end(), part.begin(), part.end());

    out << figuresOf(calls).join(u'\n') << '\n';
    out << "Checked " << snapshot.answers.size() << " stored answers, " << snapshot.loanChanges.size()
        << " changes of loans and " << snapshot.copyChanges.size() << " versions of copies in "
        << timer.elapsed() << " ms.\n";
    return report(violations, out);
}
