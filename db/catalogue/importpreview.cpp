// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/importpreview.h"

#include "db/catalogue/importfiles.h"
#include "db/catalogue/importrows.h"

#include <QCoreApplication>
#include <QPromise>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr size_t shownBooks = 6;

QString tr(const char *text)
{
    return QCoreApplication::translate("BookImport", text);
}

QString separatorName(char separator)
{
    switch (separator) {
    case ',':
        return tr("comma");
    case ';':
        return tr("semicolon");
    case '\t':
        return tr("tab");
    default:
        return QString(QLatin1Char(separator));
    }
}

ImportPreview::Book shown(const CleanBook &book)
{
    return {.title = book.title,
            .authors = book.authors.join(", "_L1),
            .year = book.year ? QString::number(*book.year) : QString(),
            .language = book.language,
            .isbn13 = book.isbn13,
            .problem = book.problem};
}

Result<ImportPreview> look(const QString &file)
{
    ImportRows rows;
    if (const auto opened = rows.open(file); !opened)
        return opened.error();
    ImportPreview preview{.file = file,
                          .size = rows.source().size(),
                          .encoding = rows.source().encodingName(),
                          .separator = separatorName(rows.separator()),
                          .remarks = rows.remarks(),
                          .rejectsFile = nameBeside(file, u"rejects"_s)};
    for (const QString &name : rows.columns().names()) {
        if (!name.isEmpty() && !rows.columns().unused().contains(name))
            preview.usedColumns << name;
    }
    try {
        for (ImportRow row; preview.books.size() < shownBooks && rows.next(row); row = {})
            preview.books.push_back(shown(row.book));
    } catch (const DbException &e) {
        return e.error();
    }
    return preview;
}

} // namespace

QFuture<Result<ImportPreview>> previewImport(const QString &file)
{
    auto promise = std::make_shared<QPromise<Result<ImportPreview>>>();
    promise->start();
    auto future = promise->future();
    QThreadPool::globalInstance()->start([promise, file] {
        promise->addResult(look(file));
        promise->finish();
    });
    return future;
}

} // namespace Branchline
