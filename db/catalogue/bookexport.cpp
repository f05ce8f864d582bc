// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookexport.h"

#include "db/catalogue/csvreader.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr int pageRows = 1000;
const Call exportCall{"export books"_L1, 20s, true};
/// Lists come as text whose parts are set off by U+001F, which no name has.
constexpr Statement page{"export_books"_L1, "SELECT id, isbn13, title, subtitle, array_to_string(authors, "
                                            "chr(31)) AS authors, year, other_title, language, "
                                            "publisher, array_to_string(categories, chr(31)) AS categories "
                                            "FROM public.export_books(?::uuid, ?::int)"_L1};
constexpr auto header =
    "id,isbn13,title,subtitle,authors,original_publication_year,original_title,language_code,"
    "publisher,categories\n";

QString tr(const char *text)
{
    return QCoreApplication::translate("BookExport", text);
}

DbError cannotWrite(const QString &why)
{
    return {.kind = DbErrorKind::InvalidValue,
            .message = tr("The catalogue cannot be written: %1.").arg(why),
            .hint = tr("Make room on the disk, or choose another folder.")};
}

/// As splitNames() reads it: at commas when no name has anything that would be taken for an end.
QString joined(const QString &list)
{
    QStringList names = list.split(QChar(31), Qt::SkipEmptyParts);
    const bool isPlain = std::none_of(names.cbegin(), names.cend(), [](const QString &name) {
        return name.contains(u',') || name.contains(u';') || name.contains(u'|');
    });
    if (isPlain)
        return names.join(", "_L1);
    for (QString &name : names)
        name.replace(u";"_s, u"\\;"_s);
    return names.join("; "_L1) + (names.size() == 1 ? ";"_L1 : ""_L1);
}

QByteArray safeCell(QString text)
{
    const auto first = std::find_if(text.cbegin(), text.cend(), [](QChar c) { return c != u'\''; });
    if (first != text.cend() && u"=+-@"_s.contains(*first))
        text.prepend(u'\'');
    return csvCell(text.toUtf8(), ',');
}

QByteArray lineOf(const RowSet::Row &row)
{
    const QByteArrayList cells{row.text("id").toUtf8(),
                               row.text("isbn13").toUtf8(),
                               safeCell(row.text("title")),
                               safeCell(row.text("subtitle")),
                               safeCell(joined(row.text("authors"))),
                               row.text("year").toUtf8(),
                               safeCell(row.text("other_title")),
                               row.text("language").toUtf8(),
                               safeCell(row.text("publisher")),
                               safeCell(joined(row.text("categories")))};
    return cells.join(',') + '\n';
}

} // namespace

Result<ExportReport> exportBooks(Cluster &cluster, QIODevice &device, const ExportStep &step)
{
    const std::unique_ptr<Database> main = cluster.newMain();
    ExportReport report;
    QVariant after;
    bool isWritten = device.write(header) >= 0;
    for (;;) {
        const Result<Rows> rows = await(main->run(exportCall, [after](Session &session) {
            return session.exec(page, {after, pageRows});
        }));
        if (!rows)
            return rows.error();
        for (int i = 0; i < (*rows)->rowCount(); ++i) {
            const QByteArray line = lineOf((*rows)->row(i));
            isWritten = isWritten && device.write(line) == line.size();
        }
        if (!isWritten)
            return cannotWrite(device.errorString());
        report.books += (*rows)->rowCount();
        if ((*rows)->rowCount() < pageRows)
            return report;
        after = (*rows)->row(pageRows - 1).value("id");
        if (step && !step(report.books)) {
            return DbError{.kind = DbErrorKind::Conflict,
                           .message = tr("The export was cancelled; no file was written."),
                           .hint = tr("Repeat it to write the whole catalogue.")};
        }
    }
}

Result<ExportReport> exportBooks(Cluster &cluster, const QString &path, const ExportStep &step)
{
    // The complete file takes the place of what is there, also that of a device.
    if (const QFileInfo there(path); there.exists() && !there.isFile())
        return cannotWrite(tr("%1 is not an ordinary file").arg(path));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return cannotWrite(file.errorString());
    Result<ExportReport> report = exportBooks(cluster, file, step);
    if (!report)
        return report;
    if (!file.commit())
        return cannotWrite(file.errorString());
    report.value().file = path;
    return report;
}

BookExport::BookExport(Cluster &cluster, QString file)
    : m_cluster(cluster)
    , m_file(std::move(file))
{}

BookExport::~BookExport()
{
    m_cancelled = true;
    if (m_thread.joinable())
        m_thread.join();
}

QFuture<Result<ExportReport>> BookExport::start()
{
    m_promise.start();
    auto future = m_promise.future();
    m_thread = std::thread([this] {
        m_promise.addResult(exportBooks(m_cluster, m_file, [this](qint64 books) {
            m_books = books;
            return !m_cancelled;
        }));
        m_promise.finish();
    });
    return future;
}

} // namespace Branchline
