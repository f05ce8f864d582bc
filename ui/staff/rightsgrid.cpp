// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/rightsgrid.h"

#include "models/staff/rightsmodel.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int margin = 16;
constexpr int boxExtent = 16;
constexpr int leastColumn = 92;

/// The rights, with what they mean below.
class RightsHead final : public QHeaderView
{
public:
    explicit RightsHead(QWidget *parent)
        : QHeaderView(Qt::Vertical, parent)
    {
        setSectionResizeMode(Fixed);
        setSectionsClickable(false);
        setHighlightSections(false);
        setFocusPolicy(Qt::NoFocus);
        setAccessibleName(RightsGrid::tr("Rights"));
        setNarrow(false);
    }

    void setNarrow(bool narrow)
    {
        m_narrow = narrow;
        const QFontMetrics metrics(textFont(TextRole::Caption));
        const int words = metrics.horizontalAdvance(
            narrow ? u"Lend and take back books"_s
                   : u"Rules and rights there; at every branch: the whole library."_s);
        setFixedWidth(words + 2 * margin);
        const int lines =
            textHeight(textFont(TextRole::Body)) + (narrow ? 0 : textHeight(textFont(TextRole::Caption)));
        setDefaultSectionSize(std::max(narrow ? 32 : 40, lines + 6));
        updateGeometry();
        viewport()->update();
    }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override
    {
        const ThemeColors &c = colors();
        painter->save();
        painter->fillRect(rect, c.surface);
        paintHairline(painter, rect, Qt::BottomEdge, c.border);
        const QRect inner = rect.adjusted(margin, 0, -8, -1);
        const QFont nameFont = textFont(TextRole::Body);
        const QFont smallFont = textFont(TextRole::Caption);
        const int nameHeight = textHeight(nameFont);
        const int height = nameHeight + (m_narrow ? 0 : textHeight(smallFont));
        const auto start = static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft));
        const auto line = [&](int y, const QFont &font, const QColor &ink, const QVariant &words) {
            painter->setFont(font);
            painter->setPen(ink);
            const QFontMetrics metrics(font);
            const QRect place(inner.x(), y, inner.width(), textHeight(font));
            painter->drawText(place, start | Qt::AlignVCenter | Qt::TextSingleLine,
                              metrics.elidedText(words.toString(), Qt::ElideRight, place.width()));
        };
        const int top = inner.y() + (inner.height() - height) / 2;
        line(top, nameFont, c.text, model()->headerData(section, Qt::Vertical, Qt::DisplayRole));
        if (!m_narrow)
            line(top + nameHeight, smallFont, c.muted,
                 model()->headerData(section, Qt::Vertical, RightsModel::ExplanationRole));
        painter->restore();
    }

private:
    bool m_narrow = false;
};

/// The branches, centred above their boxes.
class BranchHead final : public QHeaderView
{
public:
    explicit BranchHead(QWidget *parent)
        : QHeaderView(Qt::Horizontal, parent)
    {
        setSectionsClickable(false);
        setHighlightSections(false);
        setDefaultAlignment(Qt::AlignCenter);
        setSectionResizeMode(Fixed);
        setFocusPolicy(Qt::NoFocus);
        setAccessibleName(RightsGrid::tr("Branches"));
        setFixedHeight(controlHeight(30, textFont(TextRole::Caption, true)));
    }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override
    {
        const ThemeColors &c = colors();
        painter->save();
        painter->fillRect(rect, c.window);
        paintHairline(painter, rect, Qt::BottomEdge, c.border);
        const QFont font = textFont(TextRole::Caption, true);
        painter->setFont(font);
        painter->setPen(section == 0 ? c.text : c.muted);
        const QString name = model()->headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
        painter->drawText(rect.adjusted(4, 0, -4, 0), Qt::AlignCenter | Qt::TextSingleLine,
                          QFontMetrics(font).elidedText(name, Qt::ElideRight, rect.width() - 8));
        painter->restore();
    }
};

/// One box. The whole cell takes the click: a box is small for a hand in a hurry.
class BoxDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const ThemeColors &c = colors();
        const bool mayChange = index.data(RightsModel::CanChangeRole).toBool();
        const bool hovered = option.state.testFlag(QStyle::State_MouseOver) && mayChange;
        painter->save();
        painter->fillRect(option.rect, hovered ? c.hover : index.column() == 0 ? c.window : c.surface);
        paintHairline(painter, option.rect, Qt::BottomEdge, c.border);
        const QRect box = QRect(0, 0, boxExtent, boxExtent)
                              .translated(option.rect.center() - QPoint(boxExtent / 2 - 1, boxExtent / 2));
        switch (index.data(RightsModel::CellRole).toInt()) {
        case RightsModel::Waiting:
            paintIcon(painter, u"pending"_s, box, 18, c.accent, option.direction);
            break;
        case RightsModel::Implied:
            paintIcon(painter, u"check"_s, box, 18, c.muted, option.direction);
            break;
        default:
            paintBox(painter, option, index, box, mayChange);
        }
        if (option.state.testFlag(QStyle::State_HasFocus))
            paintFocusRing(painter, option.rect.adjusted(1, 1, -1, -2), 4);
        painter->restore();
    }

    bool editorEvent(QEvent *event, QAbstractItemModel *model, const QStyleOptionViewItem &,
                     const QModelIndex &index) override
    {
        const auto type = event->type();
        if (type == QEvent::KeyPress) {
            const int key = static_cast<QKeyEvent *>(event)->key();
            if (key != Qt::Key_Space && key != Qt::Key_Select)
                return false;
        } else if (type != QEvent::MouseButtonRelease ||
                   static_cast<QMouseEvent *>(event)->button() != Qt::LeftButton) {
            // A double click is two clicks, not an editor.
            return type == QEvent::MouseButtonDblClick;
        }
        const bool isOn = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        return model->setData(index, isOn ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
    }

private:
    static void paintBox(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                         const QRect &rect, bool mayChange)
    {
        const bool isOn = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        if (!mayChange) { // read, not ticked: no box invites
            if (isOn)
                paintIcon(painter, u"check"_s, rect, 18, colors().text, option.direction);
            else
                painter->fillRect(QRectF(rect.center().x() - 3, rect.center().y(), 7, 1), colors().disabled);
            return;
        }
        QStyleOptionButton box;
        box.rect = rect;
        box.direction = option.direction;
        box.state = QStyle::State_Enabled | (isOn ? QStyle::State_On : QStyle::State_Off);
        option.widget->style()->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, painter,
                                              option.widget);
    }
};

} // namespace

RightsGrid::RightsGrid(QWidget *parent)
    : QTableView(parent)
{
    setAccessibleName(tr("Rights"));
    setVerticalHeader(new RightsHead(this));
    setHorizontalHeader(new BranchHead(this));
    setItemDelegate(new BoxDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionMode(NoSelection);
    setTabKeyNavigation(false);
    setCornerButtonEnabled(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_Hover);
}

void RightsGrid::setModel(QAbstractItemModel *model)
{
    QTableView::setModel(model);
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        arrange();
        Q_EMIT currentWordsChanged();
    });
    connect(model, &QAbstractItemModel::dataChanged, this, &RightsGrid::currentWordsChanged);
    arrange();
}

void RightsGrid::arrange()
{
    const QFontMetrics metrics(textFont(TextRole::Caption, true));
    for (int column = 0; column < model()->columnCount(); ++column) {
        const QString name = model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        setColumnWidth(column, std::clamp(metrics.horizontalAdvance(name) + 20, leastColumn, 150));
    }
    updateGeometry();
}

void RightsGrid::setNarrow(bool narrow)
{
    static_cast<RightsHead *>(verticalHeader())->setNarrow(narrow);
    updateGeometry();
}

QString RightsGrid::currentWords() const
{
    const QModelIndex index = currentIndex();
    if (!index.isValid())
        return {};
    const QString words = index.data(Qt::AccessibleTextRole).toString();
    if (!index.data(RightsModel::CanChangeRole).toBool())
        return tr("%1.").arg(words);
    const bool isOn = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
    return isOn ? tr("%1. Space takes the right away.").arg(words)
                : tr("%1. Space gives the right.").arg(words);
}

void RightsGrid::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QTableView::currentChanged(current, previous);
    Q_EMIT currentWordsChanged();
}

void RightsGrid::focusInEvent(QFocusEvent *event)
{
    // Not "every branch": whoever presses Space at once gives little.
    if (!currentIndex().isValid() && model() != nullptr && model()->rowCount() > 0)
        setCurrentIndex(model()->index(0, std::min(1, model()->columnCount() - 1)));
    QTableView::focusInEvent(event);
}

QSize RightsGrid::sizeHint() const
{
    const int rows = model() != nullptr ? model()->rowCount() : 0;
    const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    return {640, horizontalHeader()->height() + rows * verticalHeader()->defaultSectionSize() + bar};
}

QSize RightsGrid::minimumSizeHint() const
{
    return {200, horizontalHeader()->height() + 3 * verticalHeader()->defaultSectionSize()};
}

} // namespace Branchline
