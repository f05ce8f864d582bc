// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/titlecolumns.h"

#include "models/catalogue/bookmodel.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/typography.h"

#include <QFontMetrics>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int leastTitle = 226; ///< authors are cut before titles are
constexpr int mostAuthor = 260;
constexpr int mostLanguage = 120;
constexpr int measuredRows = 100;
constexpr int margins = 18; ///< of a cell, and two for what rounding takes

/// Of the widest word of the first rows, at least of \a least, in logical pixels.
int textWidth(const TableView &table, int column, const QString &least)
{
    const QAbstractItemModel &model = *table.model();
    const QFontMetrics metrics(textFont(TextRole::Body));
    int width = metrics.horizontalAdvance(least);
    for (int row = 0; row < std::min(model.rowCount(), measuredRows); ++row)
        width = std::max(width, metrics.horizontalAdvance(model.index(row, column).data().toString()));
    return width + margins;
}

} // namespace

QString longestStatus()
{
    QString longest;
    const QFontMetrics metrics(textFont(TextRole::Body, true));
    for (const QString &word : {BookModel::tr("Available"), BookModel::tr("All lent"),
                                BookModel::tr("Not known"), BookModel::tr("No copies")}) {
        if (metrics.horizontalAdvance(word) > metrics.horizontalAdvance(longest))
            longest = word;
    }
    return longest;
}

int fitTitleColumns(TableView &table, int room, int copiesWidth)
{
    // The last column has the wider margin of the list's edge.
    const int copies = std::max(copiesWidth, textWidth(table, CopiesColumn, u"88 of 88"_s) + 8);
    table.setColumnWidth(CopiesColumn, copies);
    table.setColumnWidth(YearColumn, textWidth(table, YearColumn, u"8888"_s));
    table.setColumnWidth(LanguageColumn,
                         std::min(textWidth(table, LanguageColumn, BookModel::tr("Language")), mostLanguage));
    int left = room - leastTitle;
    for (int column = YearColumn; column < table.model()->columnCount(); ++column)
        left -= table.isColumnHidden(column) ? 0 : table.columnWidth(column);
    const int least = QFontMetrics(textFont(TextRole::Body)).horizontalAdvance(u"Umberto Eco"_s) + margins;
    const int most = std::clamp(left, least, mostAuthor);
    table.setColumnWidth(AuthorColumn, std::min(textWidth(table, AuthorColumn, u"Umberto Eco"_s), most));
    return copies;
}

} // namespace Branchline
