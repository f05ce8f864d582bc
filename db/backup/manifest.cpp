// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/manifest.h"

#include "db/backup/backupsupport.h"
#include "db/local/localsupport.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr int formatNumber = 1;

QString manifestFile(const QString &folder)
{
    return folder + "/manifest.json"_L1;
}

/// In the form of sha256sum, so that `sha256sum -c` checks it as well.
QString seal(const QString &folder)
{
    return folder + "/manifest.json.sha256"_L1;
}

QString kindOfFile()
{
    return u"branchline-backup"_s;
}

/// Files may have hundreds of gigabytes, and nobody waits for them after Ctrl+C.
QString hashOf(const QString &name, const std::function<bool()> &isCancelled)
{
    constexpr qint64 atOnce = 1 << 20;
    QFile file(name);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray part(atOnce, Qt::Uninitialized);
    if (!file.open(QIODevice::ReadOnly))
        failUnreadable(file);
    for (;;) {
        const qint64 bytes = file.read(part.data(), atOnce);
        if (bytes < 0)
            failUnreadable(file);
        if (bytes == 0)
            return QString::fromLatin1(hash.result().toHex());
        hash.addData(QByteArrayView(part).first(bytes));
        if (isCancelled && isCancelled())
            throw DbException(cancelled());
    }
}

/// Short enough for a comment on a database.
QString identifierOf(const QByteArray &manifest)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(manifest, QCryptographicHash::Sha256).toHex().left(16));
}

QJsonObject toJson(const BackedUpDatabase &database)
{
    QJsonObject rows;
    for (auto it = database.rows.begin(); it != database.rows.end(); ++it)
        rows.insert(it.key(), it.value());
    QJsonArray branches;
    for (const BackedUpBranch &branch : database.branches)
        branches.append(
            QJsonObject{{u"id"_s, branch.id}, {u"code"_s, branch.code}, {u"epoch"_s, branch.epoch}});
    return {{u"name"_s, database.name},
            {u"shard"_s, database.shard},
            {u"folder"_s, database.folder},
            {u"server"_s, database.server},
            {u"postgresql"_s, database.serverMajor},
            {u"locale_provider"_s, database.localeProvider},
            {u"collation"_s, database.collation},
            {u"character_type"_s, database.characterType},
            {u"icu_locale"_s, database.icuLocale},
            {u"schema_version"_s, database.schemaVersion},
            {u"catalog_hash"_s, database.catalogHash},
            {u"lsn"_s, database.position},
            {u"snapshot"_s, database.snapshot},
            {u"time"_s, database.time.toString(Qt::ISODateWithMs)},
            {u"rows"_s, rows},
            {u"branches"_s, branches}};
}

BackedUpDatabase databaseFrom(const QJsonObject &object)
{
    BackedUpDatabase database{
        .name = object["name"_L1].toString(),
        .shard = object["shard"_L1].toString(),
        .folder = object["folder"_L1].toString(),
        .server = object["server"_L1].toString(),
        .serverMajor = object["postgresql"_L1].toInt(),
        .localeProvider = object["locale_provider"_L1].toString(),
        .collation = object["collation"_L1].toString(),
        .characterType = object["character_type"_L1].toString(),
        .icuLocale = object["icu_locale"_L1].toString(),
        .schemaVersion = object["schema_version"_L1].toInt(),
        .catalogHash = object["catalog_hash"_L1].toString(),
        .position = object["lsn"_L1].toString(),
        .snapshot = object["snapshot"_L1].toString(),
        .time = QDateTime::fromString(object["time"_L1].toString(), Qt::ISODateWithMs).toUTC(),
        .rows = {},
        .branches = {}};
    const QJsonObject rows = object["rows"_L1].toObject();
    for (auto it = rows.begin(); it != rows.end(); ++it)
        database.rows.insert(it.key(), it.value().toInteger());
    const QJsonArray branches = object["branches"_L1].toArray();
    for (const QJsonValue &value : branches) {
        const QJsonObject branch = value.toObject();
        database.branches.append({.id = branch["id"_L1].toString(),
                                  .code = branch["code"_L1].toString(),
                                  .epoch = branch["epoch"_L1].toInteger()});
    }
    return database;
}

QJsonObject toJson(const BackupManifest &manifest)
{
    QJsonArray databases;
    for (const BackedUpDatabase &database : manifest.databases)
        databases.append(toJson(database));
    QJsonArray servers;
    for (const BackedUpServer &server : manifest.servers) {
        servers.append(QJsonObject{{u"server"_s, server.identifier},
                                   {u"file"_s, server.file},
                                   {u"roles"_s, QJsonArray::fromStringList(server.roles)},
                                   {u"superusers"_s, QJsonArray::fromStringList(server.superusers)}});
    }
    QJsonArray files;
    for (const BackedUpFile &file : manifest.files)
        files.append(
            QJsonObject{{u"name"_s, file.name}, {u"bytes"_s, file.bytes}, {u"sha256"_s, file.sha256}});
    return {{u"kind"_s, kindOfFile()},
            {u"format"_s, formatNumber},
            {u"branchline"_s, manifest.program},
            {u"begun"_s, manifest.begun.toString(Qt::ISODateWithMs)},
            {u"finished"_s, manifest.finished.toString(Qt::ISODateWithMs)},
            {u"pg_dump"_s, manifest.dumpMajor},
            {u"databases"_s, databases},
            {u"servers"_s, servers},
            {u"files"_s, files}};
}

QStringList stringsOf(const QJsonValue &value)
{
    return value.toVariant().toStringList();
}

BackupManifest manifestFrom(const QJsonObject &object)
{
    BackupManifest manifest;
    manifest.program = object["branchline"_L1].toString();
    manifest.begun = QDateTime::fromString(object["begun"_L1].toString(), Qt::ISODateWithMs).toUTC();
    manifest.finished = QDateTime::fromString(object["finished"_L1].toString(), Qt::ISODateWithMs).toUTC();
    manifest.dumpMajor = object["pg_dump"_L1].toInt();
    const QJsonArray databases = object["databases"_L1].toArray();
    for (const QJsonValue &database : databases)
        manifest.databases.append(databaseFrom(database.toObject()));
    const QJsonArray servers = object["servers"_L1].toArray();
    for (const QJsonValue &value : servers) {
        const QJsonObject server = value.toObject();
        manifest.servers.append({.identifier = server["server"_L1].toString(),
                                 .file = server["file"_L1].toString(),
                                 .roles = stringsOf(server["roles"_L1]),
                                 .superusers = stringsOf(server["superusers"_L1])});
    }
    const QJsonArray files = object["files"_L1].toArray();
    for (const QJsonValue &value : files) {
        const QJsonObject file = value.toObject();
        manifest.files.append({.name = file["name"_L1].toString(),
                               .bytes = file["bytes"_L1].toInteger(),
                               .sha256 = file["sha256"_L1].toString()});
    }
    return manifest;
}

[[noreturn]] void failDamaged(const QString &file)
{
    failBackup(DbErrorKind::Conflict,
               BackupText::tr("The file %1 of the backup is damaged: it is not as it was written.").arg(file),
               BackupText::tr("Nothing was changed. Take another copy of this backup, or an older backup."));
}

BackupManifest loadOrThrow(const QString &folder)
{
    const QString name = manifestFile(folder);
    if (!QFileInfo::exists(name)) {
        const bool isUnfinished = folder.endsWith(".part"_L1);
        failBackup(
            DbErrorKind::NotFound,
            isUnfinished ? BackupText::tr("%1 is a backup that was never finished.").arg(folder)
                         : BackupText::tr("There is no backup in %1.").arg(folder),
            BackupText::tr("Name a folder that “branchlinectl backup” has made; it holds a manifest.json."));
    }
    const QByteArray sealed = contentOf(seal(folder)).left(64);
    const QByteArray content = contentOf(name);
    if (QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex() != sealed)
        failDamaged(name);
    const QJsonObject object = QJsonDocument::fromJson(content).object();
    if (object["format"_L1].toInt() > formatNumber) {
        failBackup(DbErrorKind::SchemaMismatch,
                   BackupText::tr("The backup in %1 was made by a newer Branchline, %2.")
                       .arg(folder, object["branchline"_L1].toString()),
                   BackupText::tr("Install that version of Branchline, or a newer one."));
    }
    BackupManifest manifest = manifestFrom(object);
    manifest.identifier = identifierOf(content);
    if (object["kind"_L1].toString() != kindOfFile() || !manifest.database(u"main"_s))
        failDamaged(name);
    return manifest;
}

void checkOrThrow(const BackupManifest &manifest, const QString &folder,
                  const std::function<bool()> &isCancelled)
{
    for (const BackedUpFile &file : manifest.files) {
        const QString path = folder + u'/' + file.name;
        const QFileInfo info(path);
        if (!info.isFile()) {
            failBackup(
                DbErrorKind::Conflict, BackupText::tr("The file %1 of the backup is missing.").arg(path),
                BackupText::tr("Nothing was changed. Take another copy of this backup, or an older backup."));
        }
        if (info.size() != file.bytes || hashOf(path, isCancelled) != file.sha256)
            failDamaged(path);
    }
}

} // namespace

const BackedUpDatabase *BackupManifest::database(const QString &name) const
{
    const auto found = std::find_if(databases.begin(), databases.end(),
                                    [&](const BackedUpDatabase &one) { return one.name == name; });
    return found == databases.end() ? nullptr : &*found;
}

QStringList BackupManifest::shards() const
{
    QStringList names;
    for (const BackedUpDatabase &database : databases) {
        if (!database.shard.isEmpty())
            names << database.shard;
    }
    return names;
}

qint64 BackupManifest::bytes() const
{
    qint64 sum = 0;
    for (const BackedUpFile &file : files)
        sum += file.bytes;
    return sum;
}

Result<BackupManifest> BackupManifest::load(const QString &folder)
{
    try {
        return loadOrThrow(folder);
    } catch (const DbException &e) {
        return e.error();
    }
}

Result<Done> BackupManifest::check(const QString &folder, const std::function<bool()> &isCancelled) const
{
    try {
        checkOrThrow(*this, folder, isCancelled);
        return Done();
    } catch (const DbException &e) {
        return e.error();
    }
}

namespace Internal {

void writeManifest(BackupManifest &manifest, const QString &folder, const QString &but,
                   const std::function<bool()> &isCancelled)
{
    manifest.files.clear();
    QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (it.hasNext()) {
        const QString path = it.next();
        if (it.fileName() == but)
            continue;
        manifest.files.append({.name = path.mid(folder.size() + 1),
                               .bytes = it.fileInfo().size(),
                               .sha256 = hashOf(path, isCancelled)});
    }
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const BackedUpFile &a, const BackedUpFile &b) { return a.name < b.name; });
    const QByteArray content = QJsonDocument(toJson(manifest)).toJson();
    manifest.identifier = identifierOf(content);
    writeFile(manifestFile(folder), content);
    writeFile(seal(folder),
              QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex() + "  manifest.json\n");
}

} // namespace Internal

} // namespace Branchline
