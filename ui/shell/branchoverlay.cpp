// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/branchoverlay.h"

#include "models/roles.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/textlabel.h"

#include <QKeyEvent>
#include <QListView>
#include <QPainter>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

enum BranchRole { ShardRole = Roles::Id + 100, LightRole, CurrentRole, FindRole };

int rowHeight()
{
    return controlHeight(38, textFont(TextRole::Body), 12);
}

class BranchDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {200, rowHeight()};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const ThemeColors &c = colors();
        const QRect r = option.rect;
        const auto place = [&](int x, int width) {
            return QStyle::visualRect(option.direction, r, QRect(r.x() + x, r.y(), width, r.height()));
        };
        painter->save();
        painter->fillRect(r, option.state.testFlag(QStyle::State_Selected) ? c.selected : c.surface);
        const bool current = index.data(CurrentRole).toBool();
        if (current)
            paintIcon(painter, u"check"_s, place(12, 16), 16, c.accent, option.direction);
        const QString shard = index.data(ShardRole).toString();
        const QFont caption = textFont(TextRole::Caption);
        const int shardWidth = QFontMetrics(caption).horizontalAdvance(shard) + 2;
        painter->setFont(caption);
        painter->setPen(c.muted);
        painter->drawText(place(r.width() - 16 - shardWidth, shardWidth),
                          Qt::AlignCenter | Qt::TextSingleLine, shard);
        paintLight(painter, place(r.width() - 32 - shardWidth, 10),
                   static_cast<StatusLight::State>(index.data(LightRole).toInt()));
        const QFont font = textFont(TextRole::Body, current);
        const QRect words = place(36, r.width() - shardWidth - 80);
        painter->setFont(font);
        painter->setPen(c.text);
        const auto start = static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignLeft));
        painter->setLayoutDirection(index.data().toString().isRightToLeft() ? Qt::RightToLeft
                                                                            : Qt::LeftToRight);
        painter->drawText(
            words, start | Qt::AlignVCenter | Qt::TextSingleLine,
            QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, words.width()));
        painter->restore();
    }
};

} // namespace

BranchOverlay::BranchOverlay(QWidget *parent)
    : Overlay(parent)
    , m_field(new SearchField(tr("Find a branch"), {}, card()))
    , m_list(new QListView(card()))
    , m_nothing(new TextLabel(TextRole::Body, false, true, card()))
    , m_model(new QStandardItemModel(this))
    , m_found(new QSortFilterProxyModel(this))
{
    setAccessibleName(tr("Choose a branch"));
    m_field->setPlaceholderText(tr("Type the name of a branch"));
    m_field->installEventFilter(this);
    m_found->setSourceModel(m_model);
    m_found->setFilterRole(FindRole);
    m_found->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_list->setModel(m_found);
    m_list->setItemDelegate(new BranchDelegate(m_list));
    m_list->setAccessibleName(tr("Branches"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus); // the keys of the field move in it
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_nothing->setWordWrap(true);
    m_nothing->setContentsMargins(16, 8, 16, 8);
    m_nothing->hide();
    auto *column = new QVBoxLayout(card());
    column->setContentsMargins(1, 8, 1, 8);
    column->setSpacing(8);
    auto *top = new QHBoxLayout;
    top->setContentsMargins(8, 0, 8, 0);
    top->addWidget(m_field);
    column->addLayout(top);
    column->addWidget(m_list);
    column->addWidget(m_nothing);
    connect(m_field, &QLineEdit::textChanged, this, &BranchOverlay::filter);
    connect(m_list, &QListView::clicked, this, &BranchOverlay::chooseCurrent);
}

void BranchOverlay::setBranches(const QList<BranchItem> &branches, const QString &currentId)
{
    m_model->clear();
    for (const BranchItem &branch : branches) {
        auto *item = new QStandardItem(branch.name);
        item->setData(branch.id, Roles::Id);
        item->setData(branch.shard.isEmpty() ? tr("no shard yet") : branch.shard, ShardRole);
        item->setData(static_cast<int>(branch.state), LightRole);
        item->setData(branch.id == currentId, CurrentRole);
        item->setData(QStringList{branch.name, branch.code, branch.shard}.join(u' '), FindRole);
        item->setData(
            tr("%1 on %2, which %3").arg(branch.name, branch.shard, StatusLight::words(branch.state)),
            Qt::AccessibleTextRole);
        m_model->appendRow(item);
    }
    filter(m_field->text());
}

void BranchOverlay::setAnchor(const QRect &switcher)
{
    m_anchor = switcher;
}

QRect BranchOverlay::cardRect() const
{
    const int rows = std::max(1, std::min(10, m_found->rowCount()));
    const int wanted = m_field->sizeHint().height() + 26 + rows * rowHeight();
    const int width = std::min(360, this->width() - 16);
    const int top = m_anchor.bottom() + 5;
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    const int x = mirrored ? m_anchor.right() - width + 1 : m_anchor.left();
    return {std::clamp(x, 8, std::max(8, this->width() - width - 8)), top, width,
            std::min(wanted, height() - top - 8)};
}

QWidget *BranchOverlay::firstFocus()
{
    m_field->clear();
    filter({});
    return m_field;
}

void BranchOverlay::filter(const QString &words)
{
    m_found->setFilterFixedString(words.trimmed());
    const bool any = m_found->rowCount() > 0;
    m_list->setVisible(any);
    m_nothing->setVisible(!any);
    m_nothing->setText(m_model->rowCount() == 0
                           ? tr("No branch is known yet. The list comes from the main database.")
                           : tr("No branch has “%1” in its name. Type less of it.").arg(words.trimmed()));
    int row = 0;
    for (int i = 0; words.trimmed().isEmpty() && i < m_found->rowCount(); ++i) {
        if (m_found->index(i, 0).data(CurrentRole).toBool())
            row = i;
    }
    selectRow(row);
    placeCard();
}

void BranchOverlay::selectRow(int row)
{
    if (m_found->rowCount() == 0)
        return;
    const QModelIndex index = m_found->index(std::clamp(row, 0, m_found->rowCount() - 1), 0);
    m_list->setCurrentIndex(index);
    // The focus stays in the field, so the field tells screen readers which row Enter would choose.
    m_field->setAccessibleDescription(index.data(Qt::AccessibleTextRole).toString());
}

void BranchOverlay::chooseCurrent()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid())
        return;
    const QString id = index.data(Roles::Id).toString();
    close();
    Q_EMIT chosen(id);
}

bool BranchOverlay::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const int page = 8;
        const int row = m_list->currentIndex().row();
        switch (static_cast<QKeyEvent *>(event)->key()) {
        case Qt::Key_Down:
            selectRow(row + 1);
            return true;
        case Qt::Key_Up:
            selectRow(row - 1);
            return true;
        case Qt::Key_PageDown:
            selectRow(row + page);
            return true;
        case Qt::Key_PageUp:
            selectRow(row - page);
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            chooseCurrent();
            return true;
        default:
            break;
        }
    }
    return Overlay::eventFilter(watched, event);
}

} // namespace Branchline
