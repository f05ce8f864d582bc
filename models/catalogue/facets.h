// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/booklist.h"

#include <QHash>
#include <QString>

namespace Branchline {

/// One value that the list can be narrowed to.
struct FacetOption
{
    QString value;       ///< what the filter takes
    QString label;       ///< what people read
    int count = -1;      ///< titles; -1: not counted yet
    bool isMore = false; ///< there are more: not all titles were looked at
    bool isChosen = false;
};

/// One kind of filter.
struct FacetGroup
{
    enum class Kind { Shelf, Language, Category, Decade };
    Kind kind = Kind::Language;
    QString title;
    std::vector<FacetOption> options; ///< chosen ones are always among them
};

/// The groups that a filter pane shows, out of what main counted. Values that are chosen but find nothing any
/// more stay, with 0; the names of categories are remembered in `categoryNames` for that, by id.
[[nodiscard]] std::vector<FacetGroup> facetGroups(const std::vector<FacetValue> &values,
                                                  const BookFilter &filter,
                                                  QHash<QString, QString> &categoryNames);

/// Chooses a value of the filter, or no longer.
void toggle(BookFilter &filter, FacetGroup::Kind kind, const QString &value, bool on);

/// "1990 to 1999".
[[nodiscard]] QString decadeText(int firstYear);

} // namespace Branchline
