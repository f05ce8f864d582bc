// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/listbar.h"

#include "ui/catalogue/cataloguewords.h"
#include "ui/catalogue/filterchips.h"
#include "ui/widgets/button.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textline.h"

#include <QActionGroup>
#include <QHBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

Button *flatButton(const QString &icon, const QString &text, const QString &tip)
{
    auto *button = new Button(icon, text);
    button->setKind(Button::Kind::Flat);
    button->setToolTip(tip);
    return button;
}

void openBelow(QMenu *menu, const QWidget *button)
{
    const int x =
        button->layoutDirection() == Qt::RightToLeft ? 0 : button->width() - menu->sizeHint().width();
    menu->popup(button->mapToGlobal(QPoint(x, button->height() + 2)));
}

} // namespace

ListBar::ListBar(QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_count(new TextLine(TextRole::Body, true))
    , m_chips(new FilterChips)
    , m_asOf(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_staleTag(new TagLabel)
    , m_filters(flatButton(u"filter"_s, tr("Filters"), tr("Show what the list can be narrowed to")))
    , m_sort(flatButton({}, tr("Sort"), tr("Choose the order of the list")))
    , m_columns(flatButton(u"columns"_s, tr("Columns"), tr("Choose what the list shows")))
    , m_export(flatButton(u"export"_s, tr("Export"), tr("Write the list to a file")))
    , m_sortMenu(new QMenu(this))
    , m_columnsMenu(new QMenu(this))
{
    m_count->setElided(false);
    m_sort->setMenuArrow(true);
    m_sort->setAccessibleDescription(tr("The order of the list"));
    m_export->hide();
    m_filters->hide();
    m_columnsMenu->setAccessibleName(tr("Columns"));
    makeSortMenu();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 8, 0);
    row->setSpacing(8);
    row->addWidget(m_count);
    row->addWidget(m_filters);
    row->addWidget(m_chips, 1);
    row->addWidget(m_asOf);
    row->addWidget(m_staleTag, 0, Qt::AlignVCenter);
    row->addWidget(m_sort);
    row->addWidget(m_columns);
    row->addWidget(m_export);
    setFixedHeight(controlHeight(44, textFont(TextRole::Body), 12));
    connect(m_filters, &QAbstractButton::clicked, this, &ListBar::filtersClicked);
    connect(m_export, &QAbstractButton::clicked, this, &ListBar::exportRequested);
    connect(m_columns, &QAbstractButton::clicked, this, [this] { openBelow(m_columnsMenu, m_columns); });
    connect(m_sort, &QAbstractButton::clicked, this, [this] { openBelow(m_sortMenu, m_sort); });
    setOrder(BookOrder::Best);
}

void ListBar::makeSortMenu()
{
    m_sortMenu->setAccessibleName(tr("Order of the list"));
    auto *group = new QActionGroup(this);
    const std::pair<BookOrder, QString> orders[] = {{BookOrder::Best, tr("Best match")},
                                                    {BookOrder::Title, tr("Title")},
                                                    {BookOrder::Author, tr("Author")},
                                                    {BookOrder::Newest, tr("Newest first")}};
    for (const auto &[order, text] : orders) {
        QAction *action = group->addAction(text);
        action->setCheckable(true);
        action->setData(static_cast<int>(order));
        connect(action, &QAction::triggered, this, [this, chosen = order] {
            setOrder(chosen);
            Q_EMIT orderChosen(chosen);
        });
    }
    m_sortMenu->addActions(group->actions());
}

void ListBar::setOrder(BookOrder order)
{
    const auto actions = m_sortMenu->actions();
    for (QAction *action : actions)
        action->setChecked(action->data().toInt() == static_cast<int>(order));
    switch (order) {
    case BookOrder::Best:
        m_sort->setText(tr("Sort: best match"));
        break;
    case BookOrder::Title:
        m_sort->setText(tr("Sort: title"));
        break;
    case BookOrder::Author:
        m_sort->setText(tr("Sort: author"));
        break;
    case BookOrder::Newest:
        m_sort->setText(tr("Sort: newest first"));
        break;
    }
    m_sort->updateGeometry();
}

void ListBar::setNarrow(bool narrow)
{
    m_filters->setVisible(narrow);
    m_columns->setIconOnly(narrow);
    m_export->setIconOnly(narrow);
}

void ListBar::setExportShown(bool shown)
{
    m_export->setVisible(shown);
}

void ListBar::showWaiting(const QString &sentence)
{
    m_asOf->setText(sentence);
}

void ListBar::showState(CatalogueState state, const ListNote &note, bool hasRows)
{
    setVisible(state != CatalogueState::Start && state != CatalogueState::Failed);
    m_staleTag->setVisible(state == CatalogueState::Stale && !note.asOf.isEmpty());
    if (state == CatalogueState::Stale)
        m_staleTag->setTag(tr("as of %1").arg(note.asOf), Status::Offline);
    const bool answered = state == CatalogueState::Ready || state == CatalogueState::NoMatch;
    // What was cut is said beside the number.
    m_asOf->setText(answered && note.isCut ? cutWords() : QString());
    if (state == CatalogueState::Loading && hasRows)
        return; // the old rows keep their number
    if (state == CatalogueState::Loading)
        m_count->setText(tr("Loading …"));
    else if (state == CatalogueState::Start || state == CatalogueState::Failed)
        m_count->setText(QString());
    else
        m_count->setText(countWords(note));
    m_count->setToolTip(answered && !note.asOf.isEmpty() ? tr("As of %1").arg(note.asOf) : QString());
}

} // namespace Branchline
