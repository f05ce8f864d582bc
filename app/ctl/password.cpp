// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/password.h"

#include "app/ctl/command.h"
#include "db/signin/clustersignin.h"

#include <QCoreApplication>

#include <optional>

#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

constexpr char interrupted = 3; // Ctrl+C, which comes as a character while signals are off

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

/// The terminal without echo. Signals are off meanwhile: whoever was killed by one would leave it so.
class SilentTerminal final
{
public:
    SilentTerminal()
    {
        if (::tcgetattr(STDIN_FILENO, &m_before) != 0)
            return;
        termios silent = m_before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        silent.c_cc[VEOL] = interrupted; // else it would wait for the end of the line
        m_isSilent = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal()
    {
        if (m_isSilent)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
    }
    Q_DISABLE_COPY_MOVE(SilentTerminal)

private:
    termios m_before{};
    bool m_isSilent = false;
};

/// Byte by byte, so that no buffer of the C library keeps it. Nothing at the end of the input or on Ctrl+C.
std::optional<QString> readLine()
{
    constexpr qsizetype most = 1000;
    QByteArray line;
    for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1;) {
        if (byte == interrupted)
            return std::nullopt;
        if (byte == '\n')
            return QString::fromUtf8(line.endsWith('\r') ? line.chopped(1) : line);
        if (line.size() >= most)
            throw UsageError(tr("The password is too long."));
        line += byte;
    }
    if (line.isEmpty())
        return std::nullopt;
    return QString::fromUtf8(line);
}

QString askFor(const QString &prompt, const QString &refused)
{
    std::fputs((prompt + ": "_L1).toUtf8().constData(), stderr);
    std::fflush(stderr);
    const auto line = readLine();
    std::fputs("\n", stderr);
    if (!line)
        throw UsageError(refused);
    return *line;
}

bool hasTerminal()
{
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

QString readPassword(const QString &prompt)
{
    const SilentTerminal terminal;
    return askFor(prompt, tr("No password was given, and the server wants one. Call this again, or put the "
                             "password into ~/.pgpass."));
}

} // namespace

QString readNewPassword(const QString &prompt)
{
    if (::isatty(STDIN_FILENO) != 1) {
        const auto line = readLine();
        if (!line || line->isEmpty())
            throw UsageError(tr("Give the password on standard input, or call this at a terminal."));
        return *line;
    }
    const SilentTerminal terminal;
    const QString refused = tr("No password was given; nothing has changed.");
    const QString first = askFor(prompt, refused);
    if (askFor(tr("Once more"), refused) != first)
        throw UsageError(tr("The two passwords differ; nothing has changed."));
    return first;
}

void signInAtTerminal(ClusterConfig &config)
{
    if (hasTerminal() && asksForPassword(config)) {
        const QString person =
            config.main.user().isEmpty() ? qEnvironmentVariable("USER") : config.main.user();
        const QString server =
            config.main.host().isEmpty() ? config.main.value(u"hostaddr"_s) : config.main.host();
        config.main = config.main.with(
            u"password"_s,
            readPassword(
                tr("Password of “%1” for %2, database %3").arg(person, server, config.main.database())));
    }
    signInShards(config);
}

} // namespace Branchline::Ctl
