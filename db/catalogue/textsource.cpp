// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/textsource.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QScopeGuard>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr qint64 pieceSize = 64 * 1024;
/// So many well-formed characters of several bytes for each stray byte make a file damaged UTF-8 rather than
/// another encoding: text in another one hardly ever looks like UTF-8.
constexpr qint64 wellFormedPerStray = 10;

/// What Windows-1252 has in 0x80 to 0x9F; its five holes are what Latin-1 has there.
constexpr std::array<char16_t, 32> windowsOnly{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

QString tr(const char *text)
{
    return QCoreApplication::translate("TextSource", text);
}

DbError unusable(const QString &message, const QString &hint)
{
    return {.kind = DbErrorKind::InvalidValue, .message = message, .hint = hint};
}

/// Counts well-formed characters of several bytes and stray bytes, over pieces.
class Utf8Counter
{
public:
    void add(const QByteArray &piece)
    {
        for (const char c : piece)
            addByte(static_cast<unsigned char>(c));
    }
    void end() { stray += expected > 0 ? 1 : 0; }

    qint64 wellFormed = 0;
    qint64 stray = 0;

private:
    void addByte(unsigned char byte)
    {
        if (expected > 0) {
            if (byte >= least && byte <= most) {
                least = 0x80;
                most = 0xBF;
                if (--expected == 0)
                    ++wellFormed;
                return;
            }
            ++stray;
            expected = 0;
        }
        least = 0x80;
        most = 0xBF;
        if (byte < 0x80)
            return;
        if (byte >= 0xC2 && byte <= 0xDF) {
            expected = 1;
        } else if (byte >= 0xE0 && byte <= 0xEF) {
            expected = 2;
            least = byte == 0xE0 ? 0xA0 : 0x80; // no longer form than needed
            most = byte == 0xED ? 0x9F : 0xBF;  // no halves of surrogate pairs
        } else if (byte >= 0xF0 && byte <= 0xF4) {
            expected = 3;
            least = byte == 0xF0 ? 0x90 : 0x80;
            most = byte == 0xF4 ? 0x8F : 0xBF;
        } else {
            ++stray;
        }
    }

    int expected = 0;
    unsigned char least = 0x80;
    unsigned char most = 0xBF;
};

QByteArray fromWindows1252(const QByteArray &bytes)
{
    QString text(bytes.size(), Qt::Uninitialized);
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes.at(i));
        text[i] = byte >= 0x80 && byte <= 0x9F ? QChar(windowsOnly[byte - 0x80U])
                                               : QChar(static_cast<char16_t>(byte));
    }
    return text.toUtf8();
}

} // namespace

Result<Done> TextSource::open(const QString &path, const std::function<bool()> &isCancelled)
{
    m_name = QFileInfo(path).fileName();
    if (const auto opened = openFile(path, isCancelled); !opened)
        return opened;
    m_size = m_file->size();
    if (m_size == 0)
        return unusable(tr("The file %1 is empty.").arg(m_name), tr("Choose another file."));
    if (const auto recognised = recognise(); !recognised)
        return recognised;
    if (m_encoding == Encoding::Utf16Le || m_encoding == Encoding::Utf16Be) {
        m_decoder = std::make_unique<QStringDecoder>(
            m_encoding == Encoding::Utf16Le ? QStringConverter::Utf16LE : QStringConverter::Utf16BE);
    }
    m_file->seek(m_mark);
    m_position = m_mark;
    return Done{};
}

Result<Done> TextSource::openFile(const QString &path, const std::function<bool()> &isCancelled)
{
    const QFileInfo info(path);
    const auto unreadable = [&](const QString &why) {
        return unusable(tr("The file %1 cannot be read: %2.").arg(path, why),
                        info.exists() ? tr("Check who may read it.") : tr("Check the name and the folder."));
    };
    if (info.isDir())
        return unusable(tr("%1 is a folder, not a file.").arg(path), tr("Name a file in it."));
    // Opened without waiting: a pipe that nobody writes to would hold this thread for ever.
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int problem = errno;
    const auto closed = qScopeGuard([descriptor] {
        if (descriptor >= 0)
            ::close(descriptor);
    });
    struct stat status = {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0)
        return unreadable(qt_error_string(problem));
    if (S_ISFIFO(status.st_mode))
        return spool(descriptor, isCancelled);
    if (!S_ISREG(status.st_mode))
        return unusable(tr("%1 is a device, not a file.").arg(path), tr("Choose a CSV file."));
    m_file = std::make_unique<QFile>(path);
    if (!m_file->open(QIODevice::ReadOnly))
        return unreadable(m_file->errorString());
    return Done{};
}

Result<Done> TextSource::spool(int pipe, const std::function<bool()> &isCancelled)
{
    constexpr int patience = 200; // milliseconds between two looks whether it is cancelled
    auto copy = std::make_unique<QTemporaryFile>();
    QByteArray piece(pieceSize, Qt::Uninitialized);
    bool isOk = copy->open();
    while (isOk) {
        if (isCancelled && isCancelled()) {
            return unusable(tr("Reading was cancelled before %1 had come to its end.").arg(m_name),
                            tr("Repeat the command."));
        }
        pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, patience) <= 0)
            continue;
        const ssize_t count = ::read(pipe, piece.data(), static_cast<size_t>(pieceSize));
        if (count == 0)
            break;
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return unusable(
                tr("The file %1 cannot be read to its end: %2.").arg(m_name, qt_error_string(errno)),
                tr("Repeat the command."));
        }
        isOk = count < 0 || copy->write(piece.constData(), count) == count;
    }
    if (!isOk || !copy->flush()) {
        return unusable(tr("What arrives cannot be kept in a temporary file: %1.").arg(copy->errorString()),
                        tr("Make room on the disk, or save it in a file and name that."));
    }
    m_file = std::move(copy);
    return Done{};
}

Result<Done> TextSource::recognise()
{
    const QByteArray start = m_file->peek(4);
    const bool isUtf32 =
        start.startsWith(QByteArray("\xFF\xFE\0\0", 4)) || start.startsWith(QByteArray("\0\0\xFE\xFF", 4));
    if (!isUtf32 && (start.startsWith("\xFF\xFE") || start.startsWith("\xFE\xFF"))) {
        m_encoding = start.startsWith("\xFF\xFE") ? Encoding::Utf16Le : Encoding::Utf16Be;
        m_mark = 2;
        return Done{};
    }
    m_mark = start.startsWith("\xEF\xBB\xBF") ? 3 : 0;
    Utf8Counter counter;
    for (;;) {
        const QByteArray piece = readBytes();
        if (piece.isEmpty())
            break;
        if (isUtf32 || std::memchr(piece.constData(), 0, static_cast<size_t>(piece.size())) != nullptr) {
            return unusable(
                tr("The file %1 is not text: it has zero bytes in it.").arg(m_name),
                tr("Choose a CSV file. If it is one in UTF-16 or UTF-32, save it again as UTF-8."));
        }
        counter.add(piece);
    }
    counter.end();
    m_encoding = counter.stray == 0 ? Encoding::Utf8
                 : m_mark > 0 || counter.wellFormed >= wellFormedPerStray * counter.stray
                     ? Encoding::Utf8Damaged
                     : Encoding::Windows1252;
    return Done{};
}

QByteArray TextSource::readBytes()
{
    QByteArray piece(pieceSize, Qt::Uninitialized);
    const qint64 count = m_file->read(piece.data(), pieceSize);
    if (count < 0) {
        throw DbException(
            unusable(tr("The file %1 cannot be read to its end: %2.").arg(m_name, m_file->errorString()),
                     tr("Check the disk, then repeat the command.")));
    }
    piece.truncate(count);
    m_position += count;
    return piece;
}

QByteArray TextSource::read()
{
    for (;;) {
        QByteArray piece = readBytes();
        if (piece.isEmpty() || m_encoding == Encoding::Utf8 || m_encoding == Encoding::Utf8Damaged)
            return piece;
        piece = m_decoder ? QString(m_decoder->decode(piece)).toUtf8() : fromWindows1252(piece);
        if (!piece.isEmpty())
            return piece;
    }
}

QString TextSource::encodingName() const
{
    switch (m_encoding) {
    case Encoding::Utf8:
    case Encoding::Utf8Damaged:
        return u"UTF-8"_s;
    case Encoding::Utf16Le:
    case Encoding::Utf16Be:
        return u"UTF-16"_s;
    case Encoding::Windows1252:
        return u"Windows-1252"_s;
    }
    return {};
}

} // namespace Branchline
