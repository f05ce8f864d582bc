// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tableview.h"

#include "models/roles.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace Branchline {

namespace {

/// Header whose first and last words stand over the words of the cells below.
class TableHeader final : public QHeaderView
{
public:
    explicit TableHeader(QWidget *parent)
        : QHeaderView(Qt::Horizontal, parent)
    {}

    QSize sizeHint() const override
    {
        QSize hint = QHeaderView::sizeHint();
        hint.setHeight(controlHeight(30, textFont(TextRole::Caption, true)));
        return hint;
    }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override
    {
        if (!rect.isValid())
            return;
        QStyleOptionHeader option;
        initStyleOption(&option);
        option.rect = rect;
        option.section = section;
        option.text = model()->headerData(section, Qt::Horizontal).toString();
        const QVariant alignment = model()->headerData(section, Qt::Horizontal, Qt::TextAlignmentRole);
        const bool number = model()->headerData(section, Qt::Horizontal, Roles::IsNumber).toBool() ||
                            (alignment.isValid() && (alignment.toInt() & Qt::AlignRight)) ||
                            model()->index(0, section).data(Roles::IsNumber).toBool();
        option.textAlignment = number ? Qt::AlignRight : Qt::AlignLeft;
        if (isSortIndicatorShown() && sortIndicatorSection() == section)
            option.sortIndicator = sortIndicatorOrder() == Qt::AscendingOrder ? QStyleOptionHeader::SortUp
                                                                              : QStyleOptionHeader::SortDown;
        style()->drawControl(QStyle::CE_HeaderSection, &option, painter, this);
        const QVariant check = model()->headerData(section, Qt::Horizontal, Qt::CheckStateRole);
        if (check.isValid()) {
            QStyleOptionButton box;
            box.rect = CellDelegate::checkRect(rect, layoutDirection());
            box.state =
                QStyle::State_Enabled | (check.toInt() == Qt::Checked            ? QStyle::State_On
                                         : check.toInt() == Qt::PartiallyChecked ? QStyle::State_NoChange
                                                                                 : QStyle::State_Off);
            style()->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, painter, this);
            return;
        }
        const bool first = section == 0;
        int end = count() - 1;
        while (end > 0 && isSectionHidden(end))
            --end;
        const bool last = section == end;
        option.rect =
            QStyle::visualRect(layoutDirection(), rect, rect.adjusted(first ? 16 : 8, 0, last ? -16 : -8, 0));
        style()->drawControl(QStyle::CE_HeaderLabel, &option, painter, this);
    }
};

} // namespace

TableView::TableView(QWidget *parent)
    : QTableView(parent)
    , m_cells(new CellDelegate(this))
{
    auto *header = new TableHeader(this);
    header->setSectionsClickable(false);
    header->setHighlightSections(false);
    header->setMinimumSectionSize(48);
    header->setAccessibleName(tr("Column headings"));
    setHorizontalHeader(header);
    verticalHeader()->hide();
    verticalHeader()->setMinimumSectionSize(16);
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    setItemDelegate(m_cells);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setWordWrap(false);
    setCornerButtonEnabled(false);
    setTabKeyNavigation(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMouseTracking(true);
    // The header's ground goes on above the scroll bar.
    auto *corner = new Branchline::Panel(Branchline::Panel::Ground::Window, Branchline::Panel::BottomEdge);
    corner->setFixedHeight(header->sizeHint().height());
    addScrollBarWidget(corner, Qt::AlignTop);
    setCompact(false);
    connect(this, &QAbstractItemView::doubleClicked, this, &TableView::rowActivated);
    connect(header, &QHeaderView::sectionClicked, this, &TableView::onHeadingClicked);
    connect(header, &QHeaderView::sectionResized, this, [this](int section) {
        // The stretched column changes with the window; that is nobody's choice.
        if (!m_isSettingColumns &&
            horizontalHeader()->sectionResizeMode(section) == QHeaderView::Interactive && isVisible())
            Q_EMIT columnsChanged();
    });
}

void TableView::setCompact(bool compact)
{
    m_cells->setCompact(compact);
    verticalHeader()->setDefaultSectionSize(m_cells->rowHeight());
}

void TableView::setSampleTexts(const QStringList &samples, int stretchedColumn,
                               const QList<int> &statusColumns)
{
    const QFontMetrics metrics(textFont(TextRole::Body, true));
    for (int column = 0; column < samples.size(); ++column) {
        const bool outer = column == 0 || column == samples.size() - 1;
        // Two for what rounding takes: a word that fits exactly would be cut.
        setColumnWidth(column, metrics.horizontalAdvance(samples.at(column)) + 2 + (outer ? 24 : 16) +
                                   (statusColumns.contains(column) ? 22 : 0));
    }
    if (stretchedColumn >= 0 && stretchedColumn < horizontalHeader()->count())
        horizontalHeader()->setSectionResizeMode(stretchedColumn, QHeaderView::Stretch);
}

void TableView::setColumnsFromModel()
{
    m_isSettingColumns = true;
    const QFontMetrics metrics(textFont(TextRole::Body, true));
    const int count = model()->columnCount();
    bool isSortable = false;
    for (int column = 0; column < count; ++column) {
        const auto heading = [&](int role) { return model()->headerData(column, Qt::Horizontal, role); };
        const bool outer = column == 0 || column == count - 1;
        const bool isBox = heading(Qt::CheckStateRole).isValid();
        const int words = std::max(metrics.horizontalAdvance(heading(Roles::SampleText).toString()),
                                   QFontMetrics(textFont(TextRole::Caption, true))
                                           .horizontalAdvance(heading(Qt::DisplayRole).toString()) +
                                       16);
        setColumnWidth(column, isBox ? 48 : words + (outer ? 24 : 16));
        setColumnHidden(column, heading(Roles::IsOptional).toBool());
        horizontalHeader()->setSectionResizeMode(column, heading(Roles::IsStretched).toBool()
                                                             ? QHeaderView::Stretch
                                                         : isBox ? QHeaderView::Fixed
                                                                 : QHeaderView::Interactive);
        isSortable = isSortable || isBox || !heading(Roles::SortKey).toString().isEmpty();
    }
    horizontalHeader()->setSectionsClickable(isSortable);
    m_isSettingColumns = false;
}

void TableView::showOrder(const QString &sortKey, bool descending)
{
    m_sortKey = sortKey;
    m_descending = descending;
    for (int column = 0; column < model()->columnCount(); ++column) {
        if (model()->headerData(column, Qt::Horizontal, Roles::SortKey).toString() == sortKey) {
            horizontalHeader()->setSortIndicatorShown(true);
            horizontalHeader()->setSortIndicator(column,
                                                 descending ? Qt::DescendingOrder : Qt::AscendingOrder);
            return;
        }
    }
    horizontalHeader()->setSortIndicatorShown(false);
}

void TableView::onHeadingClicked(int section)
{
    const QVariant check = model()->headerData(section, Qt::Horizontal, Qt::CheckStateRole);
    if (check.isValid()) {
        model()->setHeaderData(section, Qt::Horizontal,
                               check.toInt() == Qt::Unchecked ? Qt::Checked : Qt::Unchecked,
                               Qt::CheckStateRole);
        return;
    }
    const QString key = model()->headerData(section, Qt::Horizontal, Roles::SortKey).toString();
    // Qt has turned its arrow already, also on headings that have no order.
    showOrder(m_sortKey, m_descending);
    if (!key.isEmpty())
        Q_EMIT sortRequested(key, key == m_sortKey && !m_descending);
}

void TableView::setColumnShown(int column, bool shown)
{
    if (isColumnHidden(column) != shown)
        return;
    setColumnHidden(column, !shown);
    Q_EMIT columnsChanged();
}

QByteArray TableView::columnsState() const
{
    // Not QHeaderView::saveState(): that remembers the order and the arrow as well.
    QByteArrayList columns;
    for (int column = 0; column < model()->columnCount(); ++column) {
        columns << QByteArray::number(isColumnHidden(column) ? 0 : 1) + ':' +
                       QByteArray::number(horizontalHeader()->sectionSize(column));
    }
    return columns.join(' ');
}

bool TableView::restoreColumns(const QByteArray &state)
{
    const QByteArrayList columns = state.split(' ');
    if (columns.size() != model()->columnCount())
        return false;
    m_isSettingColumns = true;
    for (int column = 0; column < columns.size(); ++column) {
        const QByteArrayList parts = columns.at(column).split(':');
        const int width = parts.value(1).toInt();
        const bool isStretched = model()->headerData(column, Qt::Horizontal, Roles::IsStretched).toBool();
        setColumnHidden(column, parts.value(0) == "0" && !isStretched);
        if (width >= horizontalHeader()->minimumSectionSize() && width < 4000 && !isStretched)
            setColumnWidth(column, width);
    }
    m_isSettingColumns = false;
    return true;
}

bool TableView::toggle(const QModelIndex &index)
{
    const QVariant check = index.data(Qt::CheckStateRole);
    return check.isValid() &&
           model()->setData(index, check.toInt() == Qt::Checked ? Qt::Unchecked : Qt::Checked,
                            Qt::CheckStateRole);
}

void TableView::mousePressEvent(QMouseEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && index.isValid() && index.data(Qt::CheckStateRole).isValid()) {
        setCurrentIndex(index);
        toggle(index);
        return;
    }
    QTableView::mousePressEvent(event);
}

void TableView::mouseDoubleClickEvent(QMouseEvent *event)
{
    // Two quick ticks are two ticks, they open nothing.
    if (indexAt(event->position().toPoint()).data(Qt::CheckStateRole).isValid())
        return mousePressEvent(event);
    QTableView::mouseDoubleClickEvent(event);
}

void TableView::setHoveredRow(int row)
{
    if (row == m_hoveredRow)
        return;
    m_hoveredRow = row;
    m_cells->setHoveredRow(row);
    viewport()->update();
}

void TableView::mouseMoveEvent(QMouseEvent *event)
{
    setHoveredRow(rowAt(event->position().toPoint().y()));
    QTableView::mouseMoveEvent(event);
}

bool TableView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::Leave)
        setHoveredRow(-1);
    return QTableView::viewportEvent(event);
}

void TableView::keyPressEvent(QKeyEvent *event)
{
    // Enter in a cell that is being edited comes here as well, and means the cell.
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid() &&
        state() != EditingState) {
        Q_EMIT rowActivated(currentIndex());
        return;
    }
    if (event->key() == Qt::Key_Space && event->modifiers() == Qt::NoModifier && currentIndex().isValid() &&
        toggle(currentIndex().siblingAtColumn(0)))
        return;
    QTableView::keyPressEvent(event);
}

void TableView::paintEvent(QPaintEvent *event)
{
    QTableView::paintEvent(event);
    // The ring stands around the whole row that the keys move.
    if (!hasFocus() || !window()->testAttribute(Qt::WA_KeyboardFocusChange) || !currentIndex().isValid())
        return;
    QPainter painter(viewport());
    const QRect row(0, rowViewportPosition(currentIndex().row()), viewport()->width(),
                    rowHeight(currentIndex().row()));
    paintFocusRing(&painter, QRectF(row).adjusted(1, 1, -1, -2), 4);
}

} // namespace Branchline
