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
        const bool first = section == 0;
        const bool last = section == count() - 1;
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
        setColumnWidth(column, metrics.horizontalAdvance(samples.at(column)) + (outer ? 24 : 16) +
                                   (statusColumns.contains(column) ? 22 : 0));
    }
    if (stretchedColumn >= 0 && stretchedColumn < horizontalHeader()->count())
        horizontalHeader()->setSectionResizeMode(stretchedColumn, QHeaderView::Stretch);
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
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT rowActivated(currentIndex());
        return;
    }
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
