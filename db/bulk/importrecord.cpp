// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/importrecord.h"

#include "db/cluster/tablecopy.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement readJob{
    "import_job"_L1,
    "SELECT payload ->> 'files' AS files, payload ->> 'refused_file' AS refused_file, updated_at "
    "FROM public.jobs WHERE kind = 'library import' AND state = 'done' "
    "AND payload ->> 'identity' = ?::text ORDER BY updated_at DESC LIMIT 1"_L1};
constexpr Statement giveUpOthers{
    "import_give_up"_L1,
    "UPDATE public.jobs SET state = 'failed', last_error = 'Other files were imported instead.' "
    "WHERE kind = 'library import' AND state = 'running' AND payload ->> 'identity' <> ?::text"_L1};
constexpr Statement giveUpAll{"import_give_up_all"_L1,
                              "UPDATE public.jobs SET state = 'failed', last_error = 'It was given up.' "
                              "WHERE kind = 'library import' AND state = 'running'"_L1};
constexpr Statement beginJob{
    "import_begin"_L1,
    "INSERT INTO public.jobs (kind, state, payload) "
    "SELECT 'library import', 'running', jsonb_build_object('identity', i.identity) FROM (SELECT ?::text AS "
    "identity) AS i "
    "WHERE NOT EXISTS (SELECT FROM public.jobs AS j WHERE j.kind = 'library import' AND j.state = 'running' "
    "                     AND j.payload ->> 'identity' = i.identity)"_L1};
constexpr Statement endJob{"import_end"_L1,
                           "UPDATE public.jobs SET state = 'done', payload = payload || ?::jsonb "
                           "WHERE kind = 'library import' AND state = 'running' RETURNING updated_at"_L1};
constexpr Statement counts{"import_counts"_L1,
                           "SELECT task, written, present, refused FROM import_staging.progress"_L1};
constexpr auto openRefused =
    "DECLARE refused_rows CURSOR FOR SELECT r.file, r.line, r.reason FROM import_staging.refused AS r "
    "ORDER BY r.file, r.line, r.reason"_L1;
constexpr auto refusedHeader = "file,line,reason\n";
constexpr Statement refusedPage{"import_refused_page"_L1, "FETCH 5000 FROM refused_rows"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

/// Main has the sums of barcodes, the shards those of the copies that belong to them.
void add(std::map<QString, ImportedFile> &files, Session &session, bool isMain)
{
    const Rows rows = session.exec(counts);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        const auto found = files.find(row.text("task"));
        if (found == files.end())
            continue;
        ImportedFile &file = found->second;
        if (!isMain || file.name != "exemplars"_L1) {
            file.written += row.number("written");
            file.present += row.number("present");
        }
        file.refused += row.number("refused");
    }
}

QJsonArray arrayOf(const std::vector<ImportedFile> &files)
{
    QJsonArray array;
    for (const ImportedFile &file : files) {
        array.append(QJsonObject{{u"name"_s, file.name},
                                 {u"written"_s, file.written},
                                 {u"present"_s, file.present},
                                 {u"refused"_s, file.refused}});
    }
    return array;
}

QByteArray quoted(QString text)
{
    return u"\"%1\""_s.arg(text.replace(u'"', "\"\""_L1)).toUtf8();
}

[[noreturn]] void failToWrite(const QFileDevice &file)
{
    throw DbException(
        {.kind = DbErrorKind::InvalidValue,
         .message = tr("All rows are in, but those that were refused cannot be written to %1: %2.")
                        .arg(file.fileName(), file.errorString()),
         .hint = tr("Name another file with --refused and run the same command again.")});
}

/// Page by page, so that any number of them needs the memory of one page. False when there are none.
bool writeRefused(Session &main, const QString &name)
{
    main.execText(u"read refused rows"_s, openRefused);
    Rows rows = main.exec(refusedPage);
    if (rows->rowCount() == 0)
        return false;
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly))
        failToWrite(file);
    file.write(refusedHeader);
    for (; rows->rowCount() > 0; rows = main.exec(refusedPage)) {
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            file.write(row.text("file").toUtf8() + ',' + QByteArray::number(row.number("line")) + ',' +
                       quoted(row.text("reason")) + '\n');
        }
    }
    if (!file.commit())
        failToWrite(file);
    return true;
}

/// What an earlier run refused is in by now; only a list of that kind is taken away.
void forgetRefused(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly) || file.readLine() != refusedHeader)
        return;
    if (!file.remove())
        failToWrite(file);
}

} // namespace

std::optional<LibraryImportReport> finishedImport(Session &main, const LibraryFolder &folder)
{
    const Rows rows = main.exec(readJob, {folder.identity});
    if (rows->rowCount() == 0)
        return {};
    const auto row = rows->row(0);
    LibraryImportReport report{
        .wasThere = true, .finishedAt = row.time("updated_at"), .refusedFile = row.text("refused_file")};
    for (const QJsonValue &value : QJsonDocument::fromJson(row.text("files").toUtf8()).array()) {
        report.files.push_back({value["name"_L1].toString(), value["written"_L1].toInteger(),
                                value["present"_L1].toInteger(), value["refused"_L1].toInteger()});
    }
    return report;
}

void beginImport(Session &main, const LibraryFolder &folder)
{
    Transaction transaction(main);
    main.exec(giveUpOthers, {folder.identity});
    main.exec(beginJob, {folder.identity});
    transaction.commit();
}

void giveUpImports(Session &main)
{
    main.exec(giveUpAll);
}

LibraryImportReport endImport(Session &main, const std::vector<Session *> &shards,
                              const LibraryFolder &folder, const QString &refusedFile)
{
    std::map<QString, ImportedFile> files;
    for (const auto &[name, file] : folder.files)
        files.emplace(name, ImportedFile{.name = name});
    Transaction transaction(main);
    add(files, main, true);
    for (Session *shard : shards) {
        add(files, *shard, false);
        copyRows(*shard, u"SELECT file, line, reason FROM import_staging.refused"_s, main,
                 u"import_staging.refused (file, line, reason)"_s);
    }
    LibraryImportReport report;
    for (const BulkFile &known : bulkFiles()) {
        const auto found = files.find(QString::fromLatin1(known.name));
        if (found != files.end())
            report.files.push_back(found->second);
    }
    if (writeRefused(main, refusedFile))
        report.refusedFile = refusedFile;
    else
        forgetRefused(refusedFile);
    const QJsonObject payload{{u"files"_s, arrayOf(report.files)}, {u"refused_file"_s, report.refusedFile}};
    const Rows ended =
        main.exec(endJob, {QString::fromUtf8(QJsonDocument(payload).toJson(QJsonDocument::Compact))});
    report.finishedAt = ended->row(0).time("updated_at");
    transaction.commit();
    return report;
}

} // namespace Branchline::Internal
