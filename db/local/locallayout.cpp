// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/locallayout.h"

#include "db/local/localsupport.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr int longestSocketPath = 107; // sun_path holds 108 bytes with the closing zero
constexpr int longestDirectory = 800;  // PostgreSQL's own paths end at 1023 bytes

bool isRoot()
{
    return ::geteuid() == 0;
}

QString parentOf(const QString &path)
{
    return QFileInfo(path).path();
}

QString nearestExisting(QString path)
{
    while (!QFileInfo::exists(path) && path != parentOf(path))
        path = parentOf(path);
    return path;
}

/// Without links, so that a running server can be recognised by the folder it was started with.
QString realPath(const QString &path)
{
    const QString whole = QDir::cleanPath(QDir::current().absoluteFilePath(path));
    const QString existing = nearestExisting(whole);
    return QDir::cleanPath(QFileInfo(existing).canonicalFilePath() + u'/' + whole.mid(existing.size()));
}

bool canEnter(const QString &directory)
{
    const int fd = ::open(QFile::encodeName(directory + "/."_L1).constData(), O_PATH | O_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

/// Root can reach folders that the account which runs the servers cannot.
void checkReach(const ServerAccount &account, const QString &directory)
{
    const FileIdentity identity(account);
    QStringList path;
    for (QString step = directory; step != parentOf(step); step = parentOf(step))
        path.prepend(step);
    for (const QString &step : std::as_const(path)) {
        if (!canEnter(step))
            failLocal(DbErrorKind::Configuration,
                      Local::tr("PostgreSQL runs as the account “%1”, and that account cannot enter %2.")
                          .arg(account.name, step),
                      Local::tr("Choose a folder with --dir that every account can reach, for example below "
                                "/var/lib, or allow entering it: chmod a+x %1")
                          .arg(step));
    }
}

void makeDirectory(const QString &path, mode_t mode)
{
    const QByteArray name = QFile::encodeName(path);
    if (::mkdir(name.constData(), mode) != 0) {
        if (errno == EEXIST)
            return;
        failSystem(Local::tr("The folder %1 cannot be made.").arg(path), errno,
                   Local::tr("Choose another folder with --dir."));
    }
    ::chmod(name.constData(), mode); // whatever the umask is
}

/// Gives a folder of root to the account. A link put there meanwhile is not followed.
void handOver(const QString &path, const ServerAccount &account)
{
    const int fd =
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat info
    {};
    const bool isDone = fd >= 0 && ::fstat(fd, &info) == 0 &&
                        (info.st_uid == 0 || info.st_uid == account.uid) &&
                        ::fchown(fd, account.uid, account.gid) == 0 && ::fchmod(fd, 0700) == 0;
    const int reason = errno;
    if (fd >= 0)
        ::close(fd);
    if (!isDone)
        failSystem(Local::tr("The folder %1 cannot be given to the account “%2”.").arg(path, account.name),
                   reason);
}

bool isPrivateFolder(const QString &path, uid_t owner)
{
    struct stat info
    {};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == owner && (info.st_mode & 0777) == 0700;
}

bool fitsSocket(const QString &directory, int port)
{
    const QString socket = directory + "/.s.PGSQL."_L1 + QString::number(port);
    return QFile::encodeName(socket).size() <= longestSocketPath;
}

/// libpq reads a comma in a host as a list, and neither our addresses nor PostgreSQL's settings carry the
/// other signs unharmed.
bool fitsAddress(const QString &directory)
{
    static const QRegularExpression unusable(u"[,;\"'\\\\\\x00-\\x1f]"_s);
    return !directory.contains(unusable);
}

} // namespace

LocalLayout::LocalLayout(const QString &directory)
    : m_directory(realPath(directory.isEmpty() ? defaultDirectory() : directory))
{
    static const QRegularExpression control(u"[\\x00-\\x1f]"_s);
    if (m_directory.contains(control))
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The path of the local library holds a sign that PostgreSQL cannot read."),
                  Local::tr("Choose a folder without line breaks in its path with --dir."));
    if (QFile::encodeName(m_directory).size() > longestDirectory)
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The path of the local library is too long: %1 bytes, and PostgreSQL can use %2.")
                      .arg(QFile::encodeName(m_directory).size())
                      .arg(longestDirectory),
                  Local::tr("Choose a folder with a shorter path with --dir."));
}

QString LocalLayout::defaultDirectory()
{
    if (isRoot())
        return u"/var/lib/branchline/library"_s;
    QString data = qEnvironmentVariable("XDG_DATA_HOME");
    if (!data.startsWith(u'/')) // the specification: a relative path counts as unset
        data = QDir::homePath() + "/.local/share"_L1;
    return data + "/branchline/library"_L1;
}

QString LocalLayout::logFile(const QString &server) const
{
    return logRoot() + u'/' + server + ".log"_L1;
}

bool LocalLayout::exists() const
{
    return QFileInfo(m_directory).isDir();
}

ServerAccount LocalLayout::owner() const
{
    struct stat info
    {};
    if (::stat(QFile::encodeName(m_directory).constData(), &info) != 0)
        failLocal(DbErrorKind::NotFound, Local::tr("There is no local library in %1.").arg(m_directory),
                  Local::tr("Make one with: branchlinectl local start"));
    if (isRoot() && info.st_uid == 0)
        return ServerAccount::unprivileged();
    if (isRoot() || info.st_uid == ::geteuid())
        return ServerAccount::ofUser(info.st_uid);
    failLocal(DbErrorKind::NotAllowed,
              Local::tr("The folder %1 belongs to another account.").arg(m_directory),
              Local::tr("Choose a folder of your own with --dir, or sign in as its owner."));
}

ServerAccount LocalLayout::prepare(bool &wasMade) const
{
    wasMade = !QFileInfo::exists(m_directory);
    const ServerAccount own = isRoot() ? ServerAccount{} : ServerAccount::own();
    if (wasMade) {
        const ServerAccount account = isRoot() ? ServerAccount::unprivileged() : own;
        QString existing = nearestExisting(m_directory);
        checkReach(account, existing);
        const QStringList missing = m_directory.mid(existing.size()).split(u'/', Qt::SkipEmptyParts);
        for (qsizetype i = 0; i < missing.size(); ++i) {
            existing = QDir::cleanPath(existing + u'/' + missing[i]);
            makeDirectory(existing, i + 1 == missing.size() ? 0700 : 0755);
        }
    } else if (!exists()) {
        failLocal(DbErrorKind::Configuration, Local::tr("%1 is not a folder.").arg(m_directory),
                  Local::tr("Choose a folder with --dir."));
    }
    const ServerAccount account = owner();
    checkReach(account, parentOf(m_directory));
    if (account.isOther()) {
        checkContent();
        handOver(m_directory, account);
    }
    const FileIdentity identity(account);
    checkContent();
    ::chmod(QFile::encodeName(m_directory).constData(), 0700);
    return account;
}

/// A folder that somebody uses for other things must not become a library by a slip of --dir.
void LocalLayout::checkContent() const
{
    const QStringList content =
        QDir(m_directory).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    const bool isLibrary = content.contains("library.json"_L1);
    // What a start that was killed at once leaves: a temporary library.json.AbCdEf among them.
    const bool isBegun = std::all_of(content.begin(), content.end(), [](const QString &name) {
        return name == "lock"_L1 || name.startsWith("library.json."_L1);
    });
    if (!isLibrary && !isBegun)
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The folder %1 holds other files and is not a local library.").arg(m_directory),
                  Local::tr("Choose an empty or a new folder with --dir."));
}

QStringList LocalLayout::socketCandidates(const ServerAccount &account) const
{
    const QByteArray path = QFile::encodeName(m_directory);
    const QString hash =
        QString::fromLatin1(QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(12));
    QStringList candidates{m_directory + "/sockets"_L1};
    if (!isRoot()) {
        const QStringList roots{qEnvironmentVariable("XDG_RUNTIME_DIR"),
                                "/run/user/"_L1 + QString::number(account.uid)};
        for (const QString &root : roots) {
            if (root.startsWith(u'/') && isPrivateFolder(root, account.uid))
                candidates << QDir::cleanPath(root) + "/branchline-"_L1 + hash;
        }
    }
    candidates << "/tmp/branchline-"_L1 + QString::number(account.uid) + u'-' + hash;
    return candidates;
}

QString LocalLayout::prepareSocketDirectory(const ServerAccount &account, int highestPort,
                                            const QString &previous) const
{
    QStringList candidates = socketCandidates(account);
    if (candidates.removeAll(previous) > 0)
        candidates.prepend(previous);
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const QString &candidate) {
        return fitsSocket(candidate, highestPort) && fitsAddress(candidate);
    });
    if (found == candidates.end())
        checkSocketPath(candidates.last(), highestPort);
    const QString directory = found == candidates.end() ? candidates.last() : *found;

    const FileIdentity identity(account);
    if (!QFileInfo::exists(directory))
        makeDirectory(directory, 0700);
    if (!isPrivateFolder(directory, account.uid))
        failLocal(
            DbErrorKind::Configuration,
            Local::tr("The folder %1 for the sockets of the local library is not private to the account "
                      "“%2”.")
                .arg(directory, account.name),
            Local::tr("Find out who made it, remove it, and try again."));
    return directory;
}

bool LocalLayout::isSocketDirectory(const ServerAccount &account, const QString &path) const
{
    return socketCandidates(account).contains(path) && isPrivateFolder(path, account.uid);
}

void LocalLayout::checkSocketPath(const QString &directory, int port)
{
    if (!fitsSocket(directory, port))
        failLocal(
            DbErrorKind::Configuration,
            Local::tr("The path of a socket in %1 would be longer than the %2 bytes that the system allows.")
                .arg(directory)
                .arg(longestSocketPath),
            Local::tr("Choose a folder with a shorter path with --dir."));
}

} // namespace Branchline::Internal
