// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/connection/abandonedthreads.h"
#include "db/schema/migrations.h"
#include "db/signin/privatememory.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace Branchline;
using namespace Branchline::Ctl;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

std::vector<Command> allCommands()
{
    std::vector<Command> all;
    for (const auto list :
         {localCommands,  initCommands,   migrateCommands, backupCommands,  restoreCommands,
          healthCommands, branchCommands, bookCommands,    importCommands,  importLibraryCommands,
          exportCommands, patronCommands, copyCommands,    loanCommands,    circulationCommands,
          shardCommands,  staffCommands,  statsCommands,   historyCommands, verifyCommands,
          exampleCommands}) {
        const auto some = list();
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

void print(FILE *stream, const QString &text)
{
    std::fputs((text + u'\n').toUtf8().constData(), stream);
}

QString overview(const std::vector<Command> &commands)
{
    QList<QStringList> rows;
    for (const Command &command : commands)
        rows << QStringList{"  "_L1 + command.name, command.summary};
    return tr("branchlinectl sets up, looks after and tries out a Branchline library.\n\n"
              "Usage: branchlinectl [--json] [--dir DIR] [--database-url URL] COMMAND [OPTIONS]\n") +
           table({tr("Commands"), {}}, rows) +
           tr("\n\nEvery command has --help and --json. Exit status: 0 done, 1 refused or unhealthy, 2 wrong "
              "usage,\n"
              "3 a database cannot be reached, 4 internal error.");
}

void addOptions(QCommandLineParser &parser, const Command &command)
{
    parser.addOptions({{u"json"_s, tr("Print one JSON object.")},
                       {{u"h"_s, u"help"_s}, tr("Show this help.")},
                       {u"dir"_s, tr("Use the local library in this folder."), u"DIR"_s},
                       {u"database-url"_s, tr("Use this main database instead of DATABASE_URL."), u"URL"_s}});
    parser.addOptions(command.options);
}

QString help(const Command &command, const QCommandLineParser &parser)
{
    // The parser's own text knows nothing of commands of two words.
    QString options = parser.helpText();
    options = options.mid(options.indexOf(tr("Options:")));
    if (const auto end = options.indexOf(u"\nArguments:"_s); end >= 0)
        options.truncate(end);
    return u"%1\n\n%2 branchlinectl %3 %4\n%5 %6\n\n%7"_s.arg(command.summary, tr("Usage:"), command.name,
                                                              command.arguments, tr("Example:"),
                                                              command.example, options.trimmed());
}

/// How errors are printed, also of a command line that cannot be understood.
enum class Form { Text, Json, JsonLines };

Form formOf(const QStringList &words)
{
    if (words.contains(u"--json-lines"_s))
        return Form::JsonLines;
    return words.contains(u"--json"_s) ? Form::Json : Form::Text;
}

int wrongUsage(const QString &message, const QString &commandName, Form form)
{
    const QString hint = commandName.isEmpty() ? tr("See “branchlinectl --help”.")
                                               : tr("See “branchlinectl %1 --help”.").arg(commandName);
    if (form != Form::Text) {
        const QJsonObject object =
            errorObject({.kind = DbErrorKind::InvalidValue, .message = message, .hint = hint});
        QJsonObject error = object.value("error"_L1).toObject();
        error.insert(u"kind"_s, u"usage"_s);
        const auto format = form == Form::Json ? QJsonDocument::Indented : QJsonDocument::Compact;
        print(stdout,
              QString::fromUtf8(QJsonDocument(QJsonObject{{u"error"_s, error}}).toJson(format)).trimmed());
    }
    print(stderr, "branchlinectl: "_L1 + message + "\n  "_L1 + hint);
    return WrongUsage;
}

/// What every command takes may also stand before the command: takes it out there.
QStringList takeGlobalOptions(QStringList &words)
{
    QStringList options;
    while (words.size() > 1) {
        const QString word = words.at(1);
        const bool takesValue = word == "--dir"_L1 || word == "--database-url"_L1;
        if (!takesValue && word != "--json"_L1 && !word.startsWith("--dir="_L1) &&
            !word.startsWith("--database-url="_L1))
            break;
        const qsizetype length = takesValue ? std::min<qsizetype>(2, words.size() - 1) : 1;
        options << words.mid(1, length);
        words.remove(1, length);
    }
    return options;
}

int run(const Command &command, const QStringList &words)
{
    QCommandLineParser parser;
    addOptions(parser, command);
    const Form form = formOf(words);
    if (!parser.parse(words))
        return wrongUsage(parser.errorText(), command.name, form);
    if (parser.isSet(u"help"_s)) {
        print(stdout, help(command, parser));
        return Success;
    }
    const auto count = parser.positionalArguments().size();
    if (count < command.leastArguments)
        return wrongUsage(tr("%1 takes %2.").arg(command.name, command.arguments), command.name, form);
    if (command.mostArguments >= 0 && count > command.mostArguments)
        return wrongUsage(tr("“%1” is one word too many.").arg(parser.positionalArguments().last().left(60)),
                          command.name, form);
    Context context(parser);
    try {
        return command.run(context);
    } catch (const UsageError &error) {
        return wrongUsage(error.message(), command.name, form);
    } catch (const DbException &error) {
        return context.fail(error.error());
    } catch (const std::exception &error) {
        return context.fail(
            {.kind = DbErrorKind::Internal,
             .message = tr("The command failed for a reason that the program does not know: %1.")
                            .arg(QString::fromLocal8Bit(error.what())),
             .hint = tr("Report it as a defect.")});
    }
}

} // namespace

int main(int argc, char *argv[])
{
    keepMemoryPrivate();
    closeMemoryToOthers();
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"branchlinectl"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(BRANCHLINE_VERSION));

    QStringList words = QCoreApplication::arguments();
    const QStringList options = takeGlobalOptions(words);
    const auto commands = allCommands();
    const QString first = words.value(1);
    if (first == "--version"_L1) {
        print(stdout, u"branchlinectl " BRANCHLINE_VERSION ""_s);
        print(stdout,
              tr("For schema version %1 of main and %2 of shards, and for later ones whose steps say that "
                 "they work with these.")
                  .arg(schemaVersion(DatabaseRole::Main))
                  .arg(schemaVersion(DatabaseRole::Shard)));
        return Success;
    }
    if (first.isEmpty() || first == "--help"_L1 || first == "-h"_L1 || first == "help"_L1) {
        print(first.isEmpty() ? stderr : stdout, overview(commands));
        return first.isEmpty() ? WrongUsage : Success;
    }

    // The longest name wins: "branch add" before a "branch".
    for (const int length : {2, 1}) {
        const QString name = words.mid(1, length).join(u' ');
        for (const Command &command : commands) {
            if (command.name == name && name.count(u' ') == length - 1)
                return leaveProgram(run(command, words.mid(0, 1) + options + words.mid(1 + length)));
        }
    }
    if (first.startsWith(u'-'))
        return wrongUsage(tr("“%1” stands before the command; only --json, --dir and --database-url may. "
                             "Write the command first.")
                              .arg(first.left(60)),
                          {}, formOf(options + words));
    return wrongUsage(tr("There is no command “%1”.").arg(words.mid(1, 2).join(u' ').left(60)), {},
                      formOf(options + words));
}
