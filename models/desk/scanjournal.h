// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"
#include "db/config/connectionurl.h"

#include <QDateTime>
#include <QThreadPool>

#include <memory>

namespace Branchline {

/// What a desk does with scanned copies.
enum class DeskMode { CheckOut, CheckIn, Renew };

/// One thing that a person asked for at a desk and that has no answer yet.
struct JournalEntry
{
    enum class Kind {
        Scan,
        Undo,       ///< of the scan with the id undo.undoneRequestId
        ClosePatron ///< the patron is taken away after the scans before
    };

    Kind kind = Kind::Scan;
    DeskMode mode = DeskMode::CheckOut;
    QUuid id;            ///< the request id; of its own for ClosePatron
    Scan scan;           ///< Kind::Scan; the card is empty while it is not known yet
    UndoRequest undo;    ///< Kind::Undo
    QDateTime at;        ///< UTC
    bool isSent = false; ///< it may have been sent and done: only the answer to the same request tells what
                         ///< became of it
};

/// What the desk has to do before it goes on.
struct KeptScans
{
    std::vector<JournalEntry> entries; ///< in the order in which they were asked for
    QString
        patronCard; ///< of the patron who stood at the desk, for scans that have no card yet; may be empty
};

/// The private record of what was scanned at this workstation and has no answer yet. A scan is in it, and on
/// the disk, before it is sent, together with the word that it may have been sent; what is answered is taken
/// out, and the file is emptied as soon as nothing waits, since a card number is a patron's data. The file
/// can be read by its owner only.
///
/// Each running program has a file of its own, which it holds locked. open() takes over the files of programs
/// that are gone, so after a crash their scans are sent by the next program, and never by two. A last line
/// that was cut off by a crash is ignored: what it was for was never sent.
///
/// All functions return at once; the disk is used in a thread of its own, in the order of the calls.
class ScanJournal final
{
public:
    /// `folder` is made when it does not exist. Nothing is read or written before open().
    explicit ScanJournal(const QString &folder);
    /// Waits until everything is written.
    ~ScanJournal();
    Q_DISABLE_COPY_MOVE(ScanJournal)

    /// The folder of one person at one library: what somebody has scanned is never sent in another one's
    /// name. It stays the same when only the protection of the connection changes. `main` is the main
    /// database as it is signed in to.
    [[nodiscard]] static QString folderFor(const ConnectionUrl &main);

    /// Begins this program's file, and returns what others have left.
    [[nodiscard]] QFuture<KeptScans> open();
    /// True once the entry is on the disk; false when it cannot be kept there.
    [[nodiscard]] QFuture<bool> add(const JournalEntry &entry);
    /// The card with which a kept scan is to be sent in its turn; true once it is on the disk.
    [[nodiscard]] QFuture<bool> setCard(const QUuid &id, const QString &card);
    /// The entry is about to be sent for the first time, a check-out with this card; true once that is on the
    /// disk.
    [[nodiscard]] QFuture<bool> setSent(const QUuid &id, const QString &card = {});
    /// The patron for whom scans without a card are; empty for none.
    void setPatron(const QString &card);
    /// The entry has its answer.
    void remove(const QUuid &id);

private:
    class File;

    const std::shared_ptr<File> m_file; ///< used in the pool's one thread only
    QThreadPool m_thread;
};

} // namespace Branchline
