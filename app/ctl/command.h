// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCommandLineOption>
#include <QList>
#include <QString>

#include <stdexcept>
#include <vector>

namespace Branchline::Ctl {

class Context;

/// Exit statuses; of several results the worst (largest) counts.
enum ExitStatus { Success = 0, Refused = 1, WrongUsage = 2, NotReachable = 3, InternalError = 4 };

/// One command of branchlinectl. `run` returns the exit status; it may throw DbException and UsageError.
struct Command
{
    QString name;      ///< "branch add"
    QString summary;   ///< one sentence
    QString arguments; ///< as shown in the usage line: "CODE NAME"
    qsizetype leastArguments = 0;
    qsizetype mostArguments = 0; ///< -1: any number
    QList<QCommandLineOption> options;
    QString example;
    int (*run)(Context &) = nullptr;
};

/// The command line cannot be understood: exit status 2.
class UsageError final : public std::exception
{
public:
    explicit UsageError(QString message)
        : m_message(std::move(message))
    {}
    [[nodiscard]] const QString &message() const { return m_message; }
    [[nodiscard]] const char *what() const noexcept override { return "Branchline::Ctl::UsageError"; }

private:
    QString m_message;
};

// One function per file in commands/.
[[nodiscard]] std::vector<Command> localCommands();
[[nodiscard]] std::vector<Command> initCommands();
[[nodiscard]] std::vector<Command> migrateCommands();
[[nodiscard]] std::vector<Command> backupCommands();
[[nodiscard]] std::vector<Command> restoreCommands();
[[nodiscard]] std::vector<Command> healthCommands();
[[nodiscard]] std::vector<Command> branchCommands();
[[nodiscard]] std::vector<Command> bookCommands();
[[nodiscard]] std::vector<Command> importCommands();
[[nodiscard]] std::vector<Command> importLibraryCommands();
[[nodiscard]] std::vector<Command> exportCommands();
[[nodiscard]] std::vector<Command> patronCommands();
[[nodiscard]] std::vector<Command> copyCommands();
[[nodiscard]] std::vector<Command> loanCommands();
[[nodiscard]] std::vector<Command> circulationCommands();
[[nodiscard]] std::vector<Command> shardCommands();
[[nodiscard]] std::vector<Command> staffCommands();
[[nodiscard]] std::vector<Command> statsCommands();
[[nodiscard]] std::vector<Command> historyCommands();
[[nodiscard]] std::vector<Command> verifyCommands();
[[nodiscard]] std::vector<Command> exampleCommands();

} // namespace Branchline::Ctl
