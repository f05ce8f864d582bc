// SPDX-License-Identifier: GPL-3.0-or-later
//
// branchline-drill: desks lend, take back, renew and undo at a library on servers of its own, while servers,
// desks and the network between them fail at random; afterwards an independent program checks what is left.
// Exit status: 0 every rule holds, 1 one does not, 2 the drill itself did not work.
#include "tests/faults/drill/faults.h"
#include "tests/faults/drill/seeded.h"

#include <QCommandLineParser>
#include <QRandomGenerator>
#include <QTextStream>

using namespace Branchline;
using namespace Branchline::Drill;
using namespace Qt::StringLiterals;

namespace {

constexpr int deskCount = 3;
constexpr int drainDeadlineMs = 60'000;
/// Ten minutes of drill are some 50,000 calls to look at.
constexpr int checkDeadlineMs = 600'000;

struct Options
{
    int seconds = 45;
    quint32 seed = 0;
    const SeededBug *bug = nullptr;
};

const SeededBug *bugNamed(const QString &name)
{
    for (const SeededBug &bug : seededBugs()) {
        if (bug.name == name)
            return &bug;
    }
    return nullptr;
}

Options readOptions(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(u"Lends under faults and checks that nothing was lost or doubled."_s);
    parser.addHelpOption();
    const QCommandLineOption minutes(u"minutes"_s, u"How long, such as 10 or 0.5."_s, u"minutes"_s,
                                     u"0.75"_s);
    const QCommandLineOption seed(u"seed"_s, u"Throws the dice of an earlier drill."_s, u"number"_s);
    QStringList names;
    for (const SeededBug &bug : seededBugs())
        names << bug.name;
    const QCommandLineOption bug(
        u"seeded"_s, u"Puts in a bug and the faults that bring it to light: "_s + names.join(u", "_s),
        u"bug"_s);
    parser.addOptions({minutes, seed, bug});
    parser.process(application);
    bool isNumber = false;
    const double length = parser.value(minutes).toDouble(&isNumber);
    bool isSeed = true;
    const quint32 dice = parser.isSet(seed) ? parser.value(seed).toUInt(&isSeed)
                                            : QRandomGenerator::system()->bounded(1'000'000U);
    const Options options{
        .seconds = static_cast<int>(length * 60), .seed = dice, .bug = bugNamed(parser.value(bug))};
    if (!isNumber || length <= 0 || !isSeed || !parser.positionalArguments().isEmpty() ||
        (parser.isSet(bug) && !options.bug))
        parser.showHelp(2);
    return options;
}

void writeAddresses(const Stage &stage, const QString &folder)
{
    HistoryWriter file(folder + "/databases.json"_L1);
    for (const QString &database : stage.databases())
        file.writeLine({{u"database"_s, database}, {u"address"_s, stage.address(database)}});
}

void startDesks(Desks &desks, const Stage &stage, const Options &options, const QString &folder)
{
    QStringList branches;
    for (const BranchEntry &branch : stage.branches())
        branches << branch.id.toString(QUuid::WithoutBraces);
    for (int i = 0; i < deskCount; ++i) {
        branches.move(0, branches.size() - 1);
        if (!desks.start({.name = u"desk-%1"_s.arg(i + 1),
                          .folder = folder,
                          .seed = options.seed + static_cast<quint32>(100 * i),
                          .branches = branches,
                          .copies = stage.copies(),
                          .cards = stage.cards(),
                          .flaw = options.bug ? options.bug->deskFlaw : QString()}))
            qFatal("A desk does not start.");
    }
}

QMap<QString, QString> deskEnvironment(const Stage &stage, const Options &options)
{
    QMap<QString, QString> environment = stage.faults().environment();
    if (options.bug && !options.bug->deskOptions.isEmpty())
        environment.insert(u"PGOPTIONS"_s, options.bug->deskOptions);
    return environment;
}

int check(const QString &folder)
{
    QProcess checker;
    checker.setProcessChannelMode(QProcess::ForwardedChannels);
    checker.start(QStringLiteral(BRANCHLINE_DRILL_CHECK), {folder});
    if (!checker.waitForFinished(checkDeadlineMs) || checker.exitStatus() != QProcess::NormalExit) {
        QTextStream(stderr) << "The check did not come to an end.\n";
        checker.kill();
        checker.waitForFinished();
        return 2;
    }
    return checker.exitCode();
}

/// Lends, breaks and mends. The status of the desks.
int drill(Stage &stage, const Options &options, const QString &folder, QTextStream &out)
{
    HistoryWriter log(folder + "/conductor.jsonl"_L1);
    Desks desks(deskEnvironment(stage, options));
    startDesks(desks, stage, options, folder);
    out << "The library is up and " << deskCount << " desks are at work." << Qt::endl;

    Fencer fencer(stage, log);
    if (options.bug) {
        runTargeted(stage, fencer);
    } else {
        Faults faults(stage, desks, fencer, options.seed);
        faults.run(std::chrono::seconds(options.seconds));
        out << "Faults:\n" << faults.counts().join(u'\n') << Qt::endl;
    }
    const QString ended = desks.endedByItself();
    if (!ended.isEmpty())
        out << "BROKEN desk: " << ended << " ended by itself." << Qt::endl;
    const QStringList late = desks.drain(drainDeadlineMs);
    if (!late.isEmpty())
        out << "BROKEN desk: did not bring its calls to an end: " << late.join(u", "_s) << Qt::endl;
    return ended.isEmpty() && late.isEmpty() ? 0 : 1;
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const Options options = readOptions(application);
    QTextStream out(stdout);
    if (options.bug)
        out << "Seeded bug: " << options.bug->name << Qt::endl;
    else
        out << "Seed " << options.seed << ", " << options.seconds << " seconds. Again: ./dev drill "
            << options.seconds / 60.0 << " --seed " << options.seed << Qt::endl;

    QTemporaryDir folder;
    Stage stage;
    if (!folder.isValid() || !stage.start())
        qFatal("%s", qPrintable(stage.errorText()));
    writeAddresses(stage, folder.path());
    if (options.bug)
        plant(*options.bug, stage);
    const int desks = drill(stage, options, folder.path(), out);
    const int status = std::max(desks, check(folder.path()));
    if (status != 0 && !options.bug) {
        folder.setAutoRemove(false);
        out << "The histories: " << folder.path() << Qt::endl;
    }
    return status;
}
