// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/facets.h"

#include "models/catalogue/bookmodel.h"

#include <QCoreApplication>

#include <algorithm>

namespace Branchline {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Facets)
};

void addChosen(FacetGroup &group, const QStringList &chosen, const QStringList &labels)
{
    for (qsizetype i = 0; i < chosen.size(); ++i) {
        const auto found = std::find_if(group.options.begin(), group.options.end(),
                                        [&](const FacetOption &o) { return o.value == chosen.at(i); });
        if (found != group.options.end())
            found->isChosen = true;
        else
            group.options.push_back({chosen.at(i), labels.at(i), 0, false, true});
    }
}

} // namespace

QString decadeText(int firstYear)
{
    // There was no year 0.
    if (firstYear < 0)
        return Words::tr("%1 to %2").arg(QString::number(-firstYear), yearText(firstYear + 9));
    return Words::tr("%1 to %2").arg(std::max(firstYear, 1)).arg(firstYear + 9);
}

std::vector<FacetGroup> facetGroups(const std::vector<FacetValue> &values, const BookFilter &filter,
                                    QHash<QString, QString> &categoryNames)
{
    FacetGroup languages{FacetGroup::Kind::Language, Words::tr("Language"), {}};
    FacetGroup categories{FacetGroup::Kind::Category, Words::tr("Category"), {}};
    FacetGroup decades{FacetGroup::Kind::Decade, Words::tr("Year"), {}};
    for (const FacetValue &value : values) {
        FacetOption option{value.value, value.label, value.books, value.isMore, false};
        switch (value.kind) {
        case FacetValue::Kind::Language:
            option.label = languageName(value.value);
            languages.options.push_back(option);
            break;
        case FacetValue::Kind::Category:
            if (option.label.isEmpty())
                break; // removed a moment ago
            categoryNames.insert(option.value, option.label);
            categories.options.push_back(option);
            break;
        case FacetValue::Kind::Decade:
            option.label = decadeText(value.value.toInt());
            decades.options.push_back(option);
            break;
        }
    }
    QStringList labels;
    for (const QString &language : filter.languages)
        labels << languageName(language);
    addChosen(languages, filter.languages, labels);
    QStringList chosen;
    labels.clear();
    for (const int decade : filter.decades) {
        chosen << QString::number(decade);
        labels << decadeText(decade);
    }
    addChosen(decades, chosen, labels);
    chosen.clear();
    labels.clear();
    for (const QUuid &category : filter.categories) {
        chosen << category.toString(QUuid::WithoutBraces);
        labels << categoryNames.value(chosen.last());
    }
    addChosen(categories, chosen, labels);
    std::stable_sort(decades.options.begin(), decades.options.end(),
                     [](const auto &a, const auto &b) { return a.value.toInt() > b.value.toInt(); });
    return {languages, categories, decades};
}

void toggle(BookFilter &filter, FacetGroup::Kind kind, const QString &value, bool on)
{
    const auto change = [on](auto &list, const auto &item) {
        list.removeAll(item);
        if (on)
            list << item;
    };
    if (kind == FacetGroup::Kind::Language)
        change(filter.languages, value);
    else if (kind == FacetGroup::Kind::Category)
        change(filter.categories, QUuid(value));
    else if (kind == FacetGroup::Kind::Decade)
        change(filter.decades, value.toInt());
}

} // namespace Branchline
