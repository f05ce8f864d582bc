// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/barlist.h"

#include "models/roles.h"
#include "ui/statistics/axisscale.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>

namespace Branchline {

namespace {

constexpr int barHeight = 16;
constexpr int sideMargin = 15;
constexpr int labelGap = 8;

/// The counted branches, the largest value first, and no more than fit.
class LargestProxy final : public QSortFilterProxyModel
{
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setMost(int most)
    {
        if (most == m_most)
            return;
        m_most = most;
        invalidateFilter();
    }
    /// All values, not only those that fit.
    QList<qint64> values() const
    {
        QList<qint64> all;
        for (int row = 0; sourceModel() && row < sourceModel()->rowCount(); ++row) {
            const QModelIndex index = sourceModel()->index(row, 0);
            if (index.data(Roles::IsCounted).toBool())
                all.append(index.data(Roles::Value).toLongLong());
        }
        std::sort(all.begin(), all.end(), std::greater<>());
        return all;
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override
    {
        const QModelIndex index = sourceModel()->index(row, 0, parent);
        if (!index.data(Roles::IsCounted).toBool())
            return false;
        // How many stand before it: the lists of branches are short.
        int before = 0;
        for (int other = 0; other < sourceModel()->rowCount() && before < m_most; ++other) {
            if (other != row && precedes(sourceModel()->index(other, 0), index))
                ++before;
        }
        return before < m_most;
    }
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override
    {
        return precedes(left, right);
    }

private:
    static bool precedes(const QModelIndex &left, const QModelIndex &right)
    {
        if (!left.data(Roles::IsCounted).toBool())
            return false;
        const qint64 a = left.data(Roles::Value).toLongLong();
        const qint64 b = right.data(Roles::Value).toLongLong();
        if (a != b)
            return a > b;
        const int byName = QString::localeAwareCompare(left.data().toString(), right.data().toString());
        return byName != 0 ? byName < 0 : left.data(Roles::Id).toString() < right.data(Roles::Id).toString();
    }

    int m_most = BarList::mostBars;
};

} // namespace

/// Knows where bars begin and how long they are, which is the same for every row.
class BarList::BarDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void fit(const QAbstractItemModel &model, int width)
    {
        const QFontMetrics caption(textFont(TextRole::Caption, true));
        int label = 0;
        qint64 highest = 0;
        for (int row = 0; row < model.rowCount(); ++row) {
            const QModelIndex index = model.index(row, 0);
            label = std::max(label, caption.horizontalAdvance(index.data().toString()) + 2);
            highest = std::max(highest, index.data(Roles::Value).toLongLong());
        }
        m_label = std::min(label, width / 3);
        m_start = sideMargin + m_label + labelGap;
        const int value = caption.horizontalAdvance(QLocale().toString(highest)) + labelGap;
        m_length = std::max(40, width - m_start - sideMargin - value);
        m_scale = axisScale(highest, m_length < 240 ? 3 : 5);
        // The longest bar, with its number, ends where the card does.
        m_length =
            std::max(40, width - m_start - sideMargin - (m_scale.top() == highest ? value : value / 2));
    }
    int at(qint64 value) const
    {
        return m_start +
               static_cast<int>(static_cast<double>(value) * m_length / static_cast<double>(m_scale.top()));
    }

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {100, m_rowHeight};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const ThemeColors &c = colors();
        const QRect r = option.rect;
        const auto place = [&](int x, int width) {
            return QStyle::visualRect(
                option.direction, r,
                QRect(r.x() + x, r.y() + (r.height() - barHeight) / 2, width, barHeight));
        };
        painter->save();
        if (option.state.testFlag(QStyle::State_Selected) && option.state.testFlag(QStyle::State_HasFocus))
            paintFocusRing(painter, QRectF(r).adjusted(6, 1, -6, -1), 4);
        const bool marked = !m_marked.isEmpty() && index.data(Roles::Id).toString() == m_marked;
        const QFont caption = textFont(TextRole::Caption, marked);
        const QFontMetrics metrics(caption);
        painter->setFont(caption);
        painter->setPen(c.text);
        const QString name = index.data().toString();
        painter->drawText(place(sideMargin, m_label).adjusted(0, -6, 0, 6),
                          static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignRight)) |
                              Qt::AlignVCenter | Qt::TextSingleLine,
                          metrics.elidedText(name, Qt::ElideRight, m_label));
        const qint64 value = index.data(Roles::Value).toLongLong();
        const qint64 part = std::min(index.data(Roles::Part).toLongLong(), value);
        const int end = std::max(at(value), value > 0 ? m_start + 2 : m_start);
        const int cut = part > 0 ? std::max(at(part), m_start + 2) : m_start;
        const QColor whole = m_stale ? c.muted : c.series[0];
        if (cut > m_start)
            painter->fillRect(place(m_start, cut - m_start), m_stale ? c.control : c.series[1]);
        const int begin = cut > m_start ? cut + 2 : m_start; // 2 px of surface divide the parts
        if (end > begin)
            painter->fillRect(place(begin, end - begin), whole);
        const QString number = QLocale().toString(value);
        painter->setPen(m_stale ? c.muted : c.text);
        painter->drawText(
            place(std::max(end, cut) + 6, metrics.horizontalAdvance(number) + 2).adjusted(0, -6, 0, 6),
            Qt::AlignCenter | Qt::TextSingleLine, number);
        painter->restore();
    }

    AxisScale m_scale;
    QString m_marked;
    int m_rowHeight = 25;
    int m_label = 0;
    int m_start = 0;
    int m_length = 100;
    bool m_stale = false;
};

BarList::BarList(QWidget *parent)
    : QListView(parent)
    , m_largest(new LargestProxy(this))
    , m_bars(new BarDelegate(this))
{
    m_largest->sort(0);
    m_largest->setDynamicSortFilter(true);
    setModel(m_largest);
    setItemDelegate(m_bars);
    setFrameShape(QFrame::NoFrame);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    connect(this, &QAbstractItemView::doubleClicked, this,
            [this](const QModelIndex &index) { Q_EMIT barActivated(index.data(Roles::Id).toString()); });
    connect(Theme::instance(), &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void BarList::setFigures(QAbstractItemModel *model)
{
    m_largest->setSourceModel(model);
    connect(model, &QAbstractItemModel::dataChanged, this, &BarList::refresh);
    connect(model, &QAbstractItemModel::modelReset, this, &BarList::refresh);
    refresh();
}

int BarList::rowHeight() const
{
    return std::max(25, textHeight(textFont(TextRole::Caption)) + 4);
}

int BarList::axisHeight() const
{
    return textHeight(textFont(TextRole::Caption)) + 8;
}

void BarList::refresh()
{
    m_bars->m_rowHeight = rowHeight();
    const int room = std::max(1, (viewport()->height() - axisHeight()) / rowHeight());
    const QString current = currentIndex().data(Roles::Id).toString();
    static_cast<LargestProxy *>(m_largest)->setMost(std::min(mostBars, room));
    m_largest->invalidate(); // the number of rows before one depends on the other rows
    m_bars->fit(*m_largest, viewport()->width());
    for (int row = 0; row < m_largest->rowCount(); ++row) {
        if (m_largest->index(row, 0).data(Roles::Id).toString() == current)
            setCurrentIndex(m_largest->index(row, 0));
    }
    if (!currentIndex().isValid() && m_largest->rowCount() > 0)
        setCurrentIndex(m_largest->index(0, 0));
    viewport()->update();
    Q_EMIT barsChanged();
}

int BarList::shownBars() const
{
    return m_largest->rowCount();
}

int BarList::allBars() const
{
    return static_cast<int>(static_cast<LargestProxy *>(m_largest)->values().size());
}

void BarList::setStale(bool stale)
{
    m_bars->m_stale = stale;
    viewport()->update();
}

void BarList::setMarked(const QString &id)
{
    m_bars->m_marked = id;
    viewport()->update();
}

QSize BarList::sizeHint() const
{
    return {400, 9 * rowHeight() + axisHeight()};
}

QSize BarList::minimumSizeHint() const
{
    return {200, 6 * rowHeight() + axisHeight()};
}

void BarList::resizeEvent(QResizeEvent *event)
{
    QListView::resizeEvent(event);
    refresh();
}

void BarList::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT barActivated(currentIndex().data(Roles::Id).toString());
        return;
    }
    QListView::keyPressEvent(event);
}

void BarList::paintEvent(QPaintEvent *event)
{
    if (m_largest->rowCount() > 0) {
        const ThemeColors &c = colors();
        QPainter painter(viewport());
        const QFont caption = textFont(TextRole::Caption);
        painter.setFont(caption);
        const int bottom = m_largest->rowCount() * rowHeight();
        for (int line = 0; line <= m_bars->m_scale.steps; ++line) {
            const qint64 value = m_bars->m_scale.step * line;
            const QString number = QLocale().toString(value);
            const int wide = QFontMetrics(caption).horizontalAdvance(number) + 4;
            const QRect grid(m_bars->at(value), 0, 1, bottom + 4);
            painter.fillRect(QStyle::visualRect(layoutDirection(), viewport()->rect(), grid), c.border);
            const QRect label(grid.x() - wide / 2, bottom + 4, wide, axisHeight() - 4);
            painter.setPen(c.muted);
            painter.drawText(QStyle::visualRect(layoutDirection(), viewport()->rect(), label),
                             Qt::AlignCenter | Qt::TextSingleLine, number);
        }
    }
    QListView::paintEvent(event);
}

} // namespace Branchline
