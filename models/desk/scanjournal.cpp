// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/scanjournal.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QPromise>
#include <QSet>
#include <QStandardPaths>

#include <algorithm>

#ifdef Q_OS_WIN
#include <io.h>
#else
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr auto ownerOnly = QFile::ReadOwner | QFile::WriteOwner;

QString text(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

QString nameOf(DeskMode mode)
{
    switch (mode) {
    case DeskMode::CheckOut:
        return u"checkout"_s;
    case DeskMode::CheckIn:
        return u"checkin"_s;
    case DeskMode::Renew:
        break;
    }
    return u"renew"_s;
}

DeskMode modeIn(const QString &name)
{
    return name == "checkin"_L1 ? DeskMode::CheckIn
           : name == "renew"_L1 ? DeskMode::Renew
                                : DeskMode::CheckOut;
}

QJsonObject objectOf(const JournalEntry &entry)
{
    QJsonObject object{{u"id"_s, text(entry.id)},
                       {u"mode"_s, nameOf(entry.mode)},
                       {u"at"_s, entry.at.toString(Qt::ISODateWithMs)}};
    if (entry.isSent)
        object.insert(u"sent"_s, true);
    switch (entry.kind) {
    case JournalEntry::Kind::Scan:
        object.insert(u"op"_s, u"scan"_s);
        object.insert(u"desk"_s, text(entry.scan.deskBranch));
        object.insert(u"barcode"_s, entry.scan.barcode);
        if (!entry.scan.card.isEmpty())
            object.insert(u"card"_s, entry.scan.card);
        if (!entry.scan.overrides.isEmpty()) {
            object.insert(u"override"_s, QJsonArray::fromStringList(entry.scan.overrides));
            object.insert(u"reason"_s, entry.scan.overrideReason);
        }
        break;
    case JournalEntry::Kind::Undo:
        object.insert(u"op"_s, u"undo"_s);
        object.insert(u"desk"_s, text(entry.undo.deskBranch));
        object.insert(u"barcode"_s, entry.undo.barcode);
        object.insert(u"of"_s, text(entry.undo.undoneRequestId));
        object.insert(u"branch"_s, text(entry.undo.copyBranch));
        break;
    case JournalEntry::Kind::ClosePatron:
        object.insert(u"op"_s, u"close"_s);
        break;
    }
    return object;
}

JournalEntry entryIn(const QJsonObject &object)
{
    const auto id = [&object](QLatin1StringView key) { return QUuid(object.value(key).toString()); };
    const QString op = object.value("op"_L1).toString();
    const QString barcode = object.value("barcode"_L1).toString();
    JournalEntry entry{.mode = modeIn(object.value("mode"_L1).toString()),
                       .id = id("id"_L1),
                       .scan = {},
                       .undo = {},
                       .at = QDateTime::fromString(object.value("at"_L1).toString(), Qt::ISODateWithMs),
                       .isSent = object.value("sent"_L1).toBool()};
    if (op == "scan"_L1) {
        entry.scan = {.requestId = entry.id,
                      .deskBranch = id("desk"_L1),
                      .barcode = barcode,
                      .card = object.value("card"_L1).toString(),
                      .overrideReason = object.value("reason"_L1).toString()};
        const QJsonArray codes = object.value("override"_L1).toArray();
        for (const QJsonValue &code : codes)
            entry.scan.overrides << code.toString();
    } else if (op == "undo"_L1) {
        entry.kind = JournalEntry::Kind::Undo;
        entry.undo = {.requestId = entry.id,
                      .deskBranch = id("desk"_L1),
                      .copyBranch = id("branch"_L1),
                      .undoneRequestId = id("of"_L1),
                      .barcode = barcode};
    } else {
        entry.kind = JournalEntry::Kind::ClosePatron;
    }
    return entry;
}

void noteSent(JournalEntry &entry, const QJsonObject &object)
{
    entry.isSent = true;
    if (object.contains("card"_L1))
        entry.scan.card = object.value("card"_L1).toString();
}

/// Adds what a file says to what is kept.
void readInto(KeptScans &kept, const QByteArray &content)
{
    auto &entries = kept.entries;
    const auto find = [&entries](const QUuid &id) {
        return std::find_if(entries.begin(), entries.end(),
                            [&id](const JournalEntry &entry) { return entry.id == id; });
    };
    for (const QByteArray &line : content.split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QString op = object.value("op"_L1).toString();
        const auto known = find(QUuid(object.value("id"_L1).toString()));
        if (op == "patron"_L1)
            kept.patronCard = object.value("card"_L1).toString();
        else if (op == "card"_L1 && known != entries.end())
            known->scan.card = object.value("card"_L1).toString();
        else if (op == "sent"_L1 && known != entries.end())
            noteSent(*known, object);
        else if (op == "done"_L1 && known != entries.end())
            entries.erase(known);
        else if ((op == "scan"_L1 || op == "undo"_L1 || op == "close"_L1) && known == entries.end())
            entries.push_back(entryIn(object));
    }
}

/// What several desks have left, given from the one written to longest ago, as one: the patron of a desk goes
/// before the scans of the next one begin, for whom that desk's patron is called as if the card were scanned.
KeptScans oneAfterAnother(std::vector<KeptScans> desks)
{
    std::erase_if(desks, [](const KeptScans &desk) { return desk.entries.empty(); });
    std::stable_sort(desks.begin(), desks.end(), [](const KeptScans &a, const KeptScans &b) {
        return a.entries.front().at < b.entries.front().at;
    });
    KeptScans all;
    QSet<QUuid> known;
    for (KeptScans &desk : desks) {
        std::erase_if(desk.entries, [&known](const JournalEntry &entry) { return known.contains(entry.id); });
        if (desk.entries.empty())
            continue;
        const QDateTime at = desk.entries.front().at;
        if (known.isEmpty()) {
            all.patronCard = desk.patronCard;
        } else {
            all.entries.push_back({.kind = JournalEntry::Kind::ClosePatron, .id = newUuid(), .at = at});
            if (!desk.patronCard.isEmpty()) {
                const QUuid id = newUuid();
                const Scan card{.requestId = id,
                                .deskBranch = desk.entries.front().scan.deskBranch,
                                .barcode = desk.patronCard};
                all.entries.push_back({.id = id, .scan = card, .at = at});
            }
        }
        for (JournalEntry &entry : desk.entries) {
            known.insert(entry.id);
            all.entries.push_back(std::move(entry));
        }
    }
    return all;
}

} // namespace

/// The file and its lock.
class ScanJournal::File final
{
public:
    explicit File(QString folder)
        : m_folder(std::move(folder))
    {}

    ~File()
    {
        if (m_waiting.isEmpty() && m_file.isOpen())
            m_file.remove();
    }
    Q_DISABLE_COPY_MOVE(File)

    KeptScans open()
    {
        QDir().mkpath(m_folder);
        QFile::setPermissions(m_folder, ownerOnly | QFile::ExeOwner);
        const QString path = QDir(m_folder).filePath(u"scans-"_s + text(newUuid()) + ".journal"_L1);
        m_lock = lockOf(path);
        m_file.setFileName(path);
        if (!m_lock->tryLock(0) ||
            !m_file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered, ownerOnly))
            qWarning("Scans cannot be kept on this workstation: %s", qPrintable(m_file.errorString()));
        return adopt();
    }

    bool write(const QJsonObject &object, bool toTheDisk)
    {
        if (!m_file.isOpen())
            return false;
        const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
        const qint64 before = m_file.size();
        if (m_file.write(line) == line.size())
            return !toTheDisk || sync();
        m_file.resize(before); // the disk is full: half a line would spoil the next one
        return false;
    }

    bool add(const JournalEntry &entry)
    {
        if (m_waiting.isEmpty() && !m_patron.isEmpty())
            write({{u"op"_s, u"patron"_s}, {u"card"_s, m_patron}}, false);
        m_waiting.insert(entry.id);
        return write(objectOf(entry), true);
    }

    void remove(const QUuid &id)
    {
        write({{u"op"_s, u"done"_s}, {u"id"_s, text(id)}}, false);
        m_waiting.remove(id);
        if (m_waiting.isEmpty())
            m_file.resize(0); // no trace of a patron stays
    }

    void setPatron(const QString &card)
    {
        m_patron = card;
        // While nothing waits, it is written with the next entry that needs it.
        if (!m_waiting.isEmpty())
            write({{u"op"_s, u"patron"_s}, {u"card"_s, card}}, false);
    }

private:
    static std::unique_ptr<QLockFile> lockOf(const QString &path)
    {
        auto lock = std::make_unique<QLockFile>(path + ".lock"_L1);
        lock->setStaleLockTime(std::chrono::milliseconds(0)); // only a program that is gone loses it
        return lock;
    }

    /// Takes over what programs that are gone have left. Written here before it is removed there: after a
    /// crash in between the same entries are in both files, and are known by their ids.
    KeptScans adopt()
    {
        std::vector<KeptScans> desks;
        QStringList done;
        std::vector<std::unique_ptr<QLockFile>> locks;
        const QDir folder(m_folder);
        for (const QString &name :
             folder.entryList({u"scans-*.journal"_s}, QDir::Files, QDir::Time | QDir::Reversed)) {
            const QString path = folder.filePath(name);
            auto lock = path == m_file.fileName() ? nullptr : lockOf(path);
            QFile file(path);
            if (!lock || !lock->tryLock(0) || !file.open(QIODevice::ReadOnly))
                continue;
            readInto(desks.emplace_back(), file.readAll());
            done << path;
            locks.push_back(std::move(lock));
        }
        const KeptScans kept = oneAfterAnother(std::move(desks));
        m_patron = kept.entries.empty() ? QString() : kept.patronCard;
        bool isWritten = true;
        for (const JournalEntry &entry : kept.entries)
            isWritten = add(entry) && isWritten;
        if (isWritten && sync()) {
            for (const QString &path : done)
                QFile::remove(path);
        }
        return kept;
    }

    bool sync()
    {
#if defined(Q_OS_WIN)
        return _commit(m_file.handle()) == 0;
#elif defined(Q_OS_LINUX)
        return ::fdatasync(m_file.handle()) == 0;
#else
        return ::fsync(m_file.handle()) == 0;
#endif
    }

    const QString m_folder;
    std::unique_ptr<QLockFile> m_lock;
    QFile m_file;
    QString m_patron;
    QSet<QUuid> m_waiting;
};

namespace {

/// Runs `task` in the pool's thread, after all tasks before it.
template <typename T, typename Task>
QFuture<T> inOrder(QThreadPool &thread, Task task)
{
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    auto future = promise->future();
    thread.start([promise, task] {
        promise->addResult(task());
        promise->finish();
    });
    return future;
}

} // namespace

ScanJournal::ScanJournal(const QString &folder)
    : m_file(std::make_shared<File>(folder))
{
    m_thread.setMaxThreadCount(1);
}

ScanJournal::~ScanJournal()
{
    m_thread.waitForDone();
}

QString ScanJournal::folderFor(const ConnectionUrl &main)
{
    ConnectionUrl key;
    for (const auto keyword : {"user"_L1, "host"_L1, "hostaddr"_L1, "port"_L1, "dbname"_L1})
        key = key.with(QString(keyword), main.value(QString(keyword)));
    const QByteArray hash = QCryptographicHash::hash(key.display().toUtf8(), QCryptographicHash::Sha256);
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/scans/"_L1 +
           QString::fromLatin1(hash.toHex().left(16));
}

QFuture<KeptScans> ScanJournal::open()
{
    return inOrder<KeptScans>(m_thread, [file = m_file] { return file->open(); });
}

QFuture<bool> ScanJournal::add(const JournalEntry &entry)
{
    return inOrder<bool>(m_thread, [file = m_file, entry] { return file->add(entry); });
}

QFuture<bool> ScanJournal::setCard(const QUuid &id, const QString &card)
{
    return inOrder<bool>(m_thread, [file = m_file, id, card] {
        return file->write({{u"op"_s, u"card"_s}, {u"id"_s, text(id)}, {u"card"_s, card}}, true);
    });
}

QFuture<bool> ScanJournal::setSent(const QUuid &id, const QString &card)
{
    return inOrder<bool>(m_thread, [file = m_file, id, card] {
        QJsonObject object{{u"op"_s, u"sent"_s}, {u"id"_s, text(id)}};
        if (!card.isEmpty())
            object.insert(u"card"_s, card);
        return file->write(object, true);
    });
}

void ScanJournal::setPatron(const QString &card)
{
    m_thread.start([file = m_file, card] { file->setPatron(card); });
}

void ScanJournal::remove(const QUuid &id)
{
    m_thread.start([file = m_file, id] { file->remove(id); });
}

} // namespace Branchline
