// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronlistmodel.h"

#include "db/patrons/patronlists.h"
#include "models/roles.h"
#include "models/texts.h"

#include <QLocale>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

PatronState stateOf(const RowSet::Row &row)
{
    return patronState(row.flag("active"), row.value("expires_on").toDate(), row.flag("is_blocked"),
                       row.time("blocked_until"));
}

} // namespace

PatronListModel::PatronListModel(Cluster &cluster, QObject *parent)
    : PagedModel(parent)
    , m_cluster(cluster)
{}

void PatronListModel::search(const QString &words)
{
    m_words = words.simplified();
    setSource(
        [this, query = m_words](const QVariantList &after, int rows) {
            return patronPage(m_cluster, query, false, after, rows);
        },
        [this, query = m_words](int pageRows) { return patronKeys(m_cluster, query, false, pageRows); });
}

QString PatronListModel::text(const RowSet::Row &row, int column) const
{
    switch (column) {
    case Name: {
        const QString given = row.text("given_name");
        return given.isEmpty() ? row.text("family_name") : row.text("family_name") + ", "_L1 + given;
    }
    case Card:
        return spacedCard(row.text("card"));
    case Type:
        return row.text("type_name");
    case Home:
        return row.text("branch");
    case Valid: {
        const QDate date = row.value("expires_on").toDate();
        return date.isValid() ? QLocale().toString(date, u"d MMM yyyy"_s) : tr("no end");
    }
    case State: {
        const PatronState state = stateOf(row);
        return state.text.isEmpty() ? tr("May borrow") : state.text;
    }
    default:
        return {};
    }
}

QVariant PatronListModel::rowData(const RowSet &page, int row, int column, int role) const
{
    const RowSet::Row cells = page.row(row);
    switch (role) {
    case Qt::DisplayRole:
        return text(cells, column);
    case Roles::Id:
        return cells.text("id");
    case Roles::StatusKind:
        return column == State ? stateOf(cells).kind : int{Roles::None};
    case Roles::Match:
        return column == Name ? m_words : QString();
    case Roles::IsStrong:
        return column == Name || column == Card;
    default:
        return {};
    }
}

int PatronListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int{ColumnCount};
}

QVariant PatronListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const struct
    {
        QString title;
        QString sample;
    } columns[ColumnCount] = {{tr("Name"), {}},
                              {tr("Card"), u"8888 8888 8888"_s},
                              {tr("Type"), tr("Young adult, school")},
                              {tr("Home branch"), tr("Riverside Library")},
                              {tr("Valid to"), u"88 MMM 8888"_s},
                              {tr("Status"), u"MM"_s + tr("Blocked until 30 Nov 2028")}};
    switch (role) {
    case Qt::DisplayRole:
        return columns[section].title;
    case Roles::SampleText:
        return columns[section].sample;
    case Roles::IsStretched:
        return section == Name;
    default:
        return {};
    }
}

QString spacedCard(const QString &card)
{
    static const QRegularExpression digits(u"^[0-9]{9,}$"_s);
    if (!digits.match(card).hasMatch())
        return card;
    QStringList groups;
    for (qsizetype i = 0; i < card.size(); i += 4)
        groups << card.mid(i, 4);
    return groups.join(u' ');
}

PatronState patronState(bool active, const QDate &expiresOn, bool isBlocked, const QDateTime &blockedUntil)
{
    const auto tr = [](const char *text) { return PatronListModel::tr(text); };
    if (!active)
        return {tr("Account closed"), Roles::Offline};
    if (isBlocked) {
        return {blockedUntil.isValid()
                    ? tr("Blocked until %1").arg(shortDay(blockedUntil.toLocalTime().date()))
                    : tr("Blocked"),
                Roles::Refused};
    }
    if (expiresOn.isValid() && expiresOn < QDate::currentDate())
        return {tr("Expired on %1").arg(shortDay(expiresOn)), Roles::Overdue};
    return {};
}

} // namespace Branchline
