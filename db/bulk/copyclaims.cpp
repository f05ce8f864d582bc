// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/copyclaims.h"

#include "db/bulk/bulkdatabase.h"
#include "db/bulk/rowcopy.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement withoutClaim{
    "import_without_claim"_L1,
    "SELECT import_staging.copies_without_claim(?::bigint, ?::bigint)::text AS lines"_L1};
constexpr Statement settle{"import_settle_claims"_L1, "SELECT import_staging.settle_claims()"_L1};

} // namespace

CopyClaims::CopyClaims(const ConnectionUrl &main, const LibraryImportOptions &options)
    : m_main(openImport(u"main"_s, main, options))
{
    makeStagingTable(*m_main, bulkFile(u"exemplars"_s));
}

QJsonObject CopyClaims::without(QByteArrayView rows, qint64 firstLine, qint64 lastLine)
{
    Transaction transaction(*m_main);
    copyIn(*m_main, rows);
    const QString lines = m_main->exec(withoutClaim, {firstLine, lastLine})->row(0).text("lines");
    transaction.commit();
    return QJsonDocument::fromJson(lines.toUtf8()).object();
}

void settleClaims(Session &main)
{
    repeatedly([&main] {
        Transaction transaction(main);
        main.execText(u"wait for removals of books"_s, u"LOCK TABLE public.books IN EXCLUSIVE MODE"_s);
        transaction.commit();
    });
    repeatedly([&main] { main.exec(settle); });
}

} // namespace Branchline::Internal
