// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>

#include <functional>

namespace Branchline {

/// How one run of branchlinectl ended.
struct CtlRun
{
    int status = -1; ///< -1: it crashed or did not end in time
    QJsonObject json;
    bool isJson = false; ///< stdout was one JSON object and nothing else
    QString output;
    QString errors;

    /// Everything, for the message of a failed comparison.
    [[nodiscard]] QByteArray text() const;
};

/// Runs the real branchlinectl. Settings of whoever runs the tests do not reach it.
class Ctl final
{
public:
    Ctl();
    void set(const QString &variable, const QString &value) { m_environment.insert(variable, value); }
    void unset(const QString &variable) { m_environment.remove(variable); }
    [[nodiscard]] const QProcessEnvironment &environment() const { return m_environment; }

    /// With `--json`; `input` is its standard input.
    [[nodiscard]] CtlRun json(const QStringList &words, const QByteArray &input = {}) const;
    /// As people call it.
    [[nodiscard]] CtlRun run(const QStringList &words, const QByteArray &input = {}) const;
    /// The program's file.
    [[nodiscard]] static QString program();

private:
    QProcessEnvironment m_environment;
};

/// branchlinectl that is heard while it works, and can be killed. Nothing it prints on standard output is
/// read.
class HeardCtl final
{
public:
    HeardCtl(const Ctl &ctl, const QStringList &words);
    ~HeardCtl();
    Q_DISABLE_COPY_MOVE(HeardCtl)

    /// Waits until its error channel had so many lines, or these words; false when it ended before, or was
    /// silent for a minute.
    [[nodiscard]] bool saysLines(qsizetype lines);
    [[nodiscard]] bool says(const QByteArray &words);
    /// kill -9. False when it had ended by itself.
    bool kill();
    /// Of one that ended by itself.
    [[nodiscard]] int status() const { return m_process.exitCode(); }
    /// All of its error channel so far.
    [[nodiscard]] const QByteArray &said() const { return m_said; }

private:
    [[nodiscard]] bool hear(const std::function<bool()> &isEnough);

    QProcess m_process;
    QByteArray m_said;
};

/// The names out of `expected` that an object does not have.
[[nodiscard]] QStringList missingKeys(const QJsonObject &object, const QStringList &expected);

} // namespace Branchline
