// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QFile>
#include <QStringDecoder>
#include <QTemporaryFile>

#include <functional>
#include <memory>

namespace Branchline {

/// A text file of any size and of the usual encodings, read as UTF-8 in pieces of about 64 KB. Not
/// thread-safe; one thread at a time.
class TextSource final
{
public:
    enum class Encoding {
        Utf8,
        Utf8Damaged, ///< UTF-8 but for a few bytes; what reads it looks at each row
        Utf16Le,
        Utf16Be,
        Windows1252 ///< not UTF-8, so taken for Western European
    };

    TextSource() = default;
    Q_DISABLE_COPY_MOVE(TextSource)

    /// Opens the file and looks through all of it to recognise the encoding; a pipe is first copied to a
    /// temporary file. InvalidValue, with a sentence, when it cannot be opened, is a device, is empty or is
    /// not text. A pipe may stay silent for ever: it is read until it ends or `isCancelled`, asked several
    /// times a second, says true; that is InvalidValue as well.
    [[nodiscard]] Result<Done> open(const QString &path, const std::function<bool()> &isCancelled = {});
    /// The next piece as UTF-8 without a byte-order mark; empty at the end. Throws DbException (InvalidValue)
    /// when the disk fails.
    [[nodiscard]] QByteArray read();

    [[nodiscard]] Encoding encoding() const { return m_encoding; }
    /// As people know it, such as "Windows-1252".
    [[nodiscard]] QString encodingName() const;
    [[nodiscard]] bool hasByteOrderMark() const { return m_mark > 0; }
    /// Bytes of the file, and how many of them have been read.
    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] qint64 position() const { return m_position; }

private:
    [[nodiscard]] Result<Done> openFile(const QString &path, const std::function<bool()> &isCancelled);
    [[nodiscard]] Result<Done> spool(int pipe, const std::function<bool()> &isCancelled);
    [[nodiscard]] Result<Done> recognise();
    [[nodiscard]] QByteArray readBytes();

    std::unique_ptr<QFile> m_file;
    QString m_name;
    Encoding m_encoding = Encoding::Utf8;
    std::unique_ptr<QStringDecoder> m_decoder; ///< of UTF-16
    qint64 m_size = 0;
    qint64 m_position = 0;
    qint64 m_mark = 0; ///< length of the byte-order mark
};

} // namespace Branchline
