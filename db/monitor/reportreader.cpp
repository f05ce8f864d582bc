// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/monitor/reportreader.h"

#include "db/monitor/reportfolder.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>

#include <algorithm>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t mostPrograms = 100;
constexpr qsizetype longestAnswer = 4 * 1024 * 1024;
/// A socket whose program died between making it and listening.
constexpr time_t unfinishedSeconds = 60;
constexpr auto queueStep = 10ms;

QString tr(const char *text)
{
    return QCoreApplication::translate("Reports", text);
}

/// One program that was found, and what has come from it.
struct Question
{
    int socket = -1;
    qint64 pid = 0;
    QByteArray path;          ///< of its socket
    bool isConnected = false; ///< no: many stand in front of it
    QByteArray answer = {};
    QString problem = {};
    bool isDone = false;
};

class Reader final
{
public:
    explicit Reader(std::chrono::milliseconds deadline)
        : m_ends(Clock::now() + deadline)
    {}
    ~Reader()
    {
        for (const Question &question : m_questions) {
            if (question.socket >= 0)
                ::close(question.socket);
        }
    }
    Q_DISABLE_COPY_MOVE(Reader)

    ProgramReports read()
    {
        for (const QByteArray &folder : Internal::reportFolders()) {
            QString problem;
            switch (Internal::folderState(folder, &problem)) {
            case Internal::FolderState::Private:
                look(folder);
                break;
            case Internal::FolderState::Refused:
                m_reports.problems << problem;
                break;
            case Internal::FolderState::Absent:
                break;
            }
        }
        listen();
        conclude();
        return std::move(m_reports);
    }

private:
    void look(const QByteArray &folder);
    void meet(const QByteArray &folder, const QByteArray &name, int directory);
    void connectTo(Question &question) const;
    void listen();
    void receive(Question &question) const;
    void conclude();

    const Clock::time_point m_ends;
    std::vector<Question> m_questions;
    ProgramReports m_reports;
};

void Reader::look(const QByteArray &folder)
{
    const int descriptor = ::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return;
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(::fdopendir(descriptor), ::closedir);
    if (!directory) {
        ::close(descriptor);
        return;
    }
    while (const dirent *entry = ::readdir(directory.get())) {
        const QByteArray name(entry->d_name);
        if (name.startsWith(Internal::socketPrefix) || name.startsWith(Internal::unfinishedPrefix))
            meet(folder, name, descriptor);
    }
}

/// Connects to a socket, or removes it when its program is gone.
void Reader::meet(const QByteArray &folder, const QByteArray &name, int directory)
{
    const QByteArray path = folder + '/' + name;
    struct stat info
    {};
    if (m_questions.size() >= mostPrograms ||
        ::fstatat(directory, name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    const bool isUnfinished = name.startsWith(Internal::unfinishedPrefix);
    if (isUnfinished && ::time(nullptr) - info.st_ctime < unfinishedSeconds)
        return;
    if (!S_ISSOCK(info.st_mode) || info.st_uid != ::geteuid() ||
        (!isUnfinished && (info.st_mode & 07777) != (S_IRUSR | S_IWUSR))) {
        m_reports.problems << tr("%1 is no private socket of this account and is not used. Find out who made "
                                 "it, and remove it.")
                                  .arg(QFile::decodeName(path));
        return;
    }
    Question question{.pid = name.split('-').value(1).toLongLong(), .path = path};
    question.socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connectTo(question);
    // Names are never used twice, so a socket on which nobody listens stays dead.
    if (!question.isConnected && errno == ECONNREFUSED)
        ::unlinkat(directory, name.constData(), 0);
    if (question.isConnected || errno == EAGAIN)
        m_questions.push_back(std::move(question));
    else if (question.socket >= 0)
        ::close(question.socket);
}

/// Connects and asks. Leaves the reason in errno when it is not connected; EAGAIN: the queue is full.
void Reader::connectTo(Question &question) const
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    errno = ENAMETOOLONG;
    if (question.path.size() >= qsizetype(sizeof address.sun_path))
        return;
    std::memcpy(address.sun_path, question.path.constData(), static_cast<size_t>(question.path.size()));
    if (::connect(question.socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return;
    question.isConnected = true;
    if (!Internal::isOwnPeer(question.socket, &question.pid)) {
        question.problem = tr("A program of another account answers at the socket %1.")
                               .arg(QFile::decodeName(question.path));
        question.isDone = true;
        return;
    }
    const auto size = static_cast<ssize_t>(std::strlen(Internal::reportRequest));
    question.isDone =
        ::send(question.socket, Internal::reportRequest, static_cast<size_t>(size), MSG_NOSIGNAL) != size;
}

void Reader::listen()
{
    for (;;) {
        std::vector<pollfd> waits;
        std::vector<Question *> asked;
        bool isComplete = true;
        for (Question &question : m_questions) {
            if (!question.isConnected && !question.isDone) {
                connectTo(question);
                question.isDone = question.isDone || (!question.isConnected && errno != EAGAIN);
            }
            isComplete = isComplete && question.isDone;
            if (!question.isConnected || question.isDone)
                continue;
            waits.push_back({question.socket, POLLIN, 0});
            asked.push_back(&question);
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_ends - Clock::now());
        if (isComplete || left.count() <= 0)
            return;
        // Nothing tells when there is room in a queue again.
        const auto step = asked.size() == m_questions.size() ? left : std::min(left, queueStep);
        if (::poll(waits.data(), waits.size(), static_cast<int>(step.count())) < 0 && errno != EINTR)
            return;
        for (size_t i = 0; i < waits.size(); ++i) {
            if (waits[i].revents != 0)
                receive(*asked[i]);
        }
    }
}

void Reader::receive(Question &question) const
{
    char bytes[65536];
    const ssize_t got = ::recv(question.socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        question.answer.append(bytes, got);
    if (question.answer.size() > longestAnswer) {
        question.answer = "too long";
        question.isDone = true;
    }
    question.isDone = question.isDone || got <= 0;
}

void Reader::conclude()
{
    for (Question &question : m_questions) {
        ProgramAnswer answer{.pid = question.pid,
                             .isThisProgram = question.pid == QCoreApplication::applicationPid(),
                             .problem = question.problem};
        if (answer.problem.isEmpty() && (!question.isDone || question.answer.isEmpty())) {
            answer.problem = tr("The program with the number %1 does not answer.").arg(question.pid);
        } else if (answer.problem.isEmpty()) {
            answer.report = ProgramReport::fromJson(QJsonDocument::fromJson(question.answer).object());
            if (!answer.report)
                answer.problem =
                    tr("The program with the number %1 answered with something else than a report.")
                        .arg(question.pid);
        }
        m_reports.programs.push_back(std::move(answer));
    }
    std::sort(m_reports.programs.begin(), m_reports.programs.end(),
              [](const ProgramAnswer &a, const ProgramAnswer &b) { return a.pid < b.pid; });
}

} // namespace

ProgramReports readReports(std::chrono::milliseconds deadline)
{
    return Reader(deadline).read();
}

} // namespace Branchline
