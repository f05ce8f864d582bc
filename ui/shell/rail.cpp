// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/rail.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

class RailButton final : public QAbstractButton
{
public:
    RailButton(QString iconName, const QString &label, QWidget *parent)
        : QAbstractButton(parent)
        , m_iconName(std::move(iconName))
    {
        setText(label);
        setAccessibleName(label);
        setCheckable(true);
        setAttribute(Qt::WA_Hover);
        setFocusPolicy(Qt::TabFocus);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    }

    void setCompact(bool compact)
    {
        m_compact = compact;
        updateGeometry();
        update();
    }

    QSize sizeHint() const override
    {
        if (m_compact)
            return {48, 44};
        const QFontMetrics metrics(textFont(TextRole::Caption, true));
        return {std::max(88, metrics.horizontalAdvance(text()) + 12), std::max(56, metrics.height() + 42)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const ThemeColors &c = colors();
        QPainter painter(this);
        // 4 px at both sides are left for the bar that marks the current page.
        const QRect item = rect();
        if (isChecked() || underMouse())
            paintOutline(&painter, item, isChecked() ? c.selected : c.hover, Qt::transparent, 6);
        if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange))
            paintFocusRing(&painter, item, 6);
        const QColor ink = isChecked() ? c.accent : c.muted;
        if (m_compact) {
            paintIcon(&painter, m_iconName, item, 24, ink, layoutDirection());
            return;
        }
        const QFont font = textFont(TextRole::Caption, isChecked());
        const int line = QFontMetrics(font).height();
        const int top = (height() - 24 - 2 - line) / 2;
        paintIcon(&painter, m_iconName, QRect(0, top, width(), 24), 24, ink, layoutDirection());
        painter.setFont(font);
        painter.setPen(isChecked() ? c.text : c.muted);
        painter.drawText(QRect(0, top + 26, width(), line), Qt::AlignCenter | Qt::TextSingleLine, text());
    }

private:
    QString m_iconName;
    bool m_compact = false;
};

} // namespace

Rail::Rail(QWidget *parent)
    : Panel(Ground::Window, EndEdge, parent)
    , m_group(new QButtonGroup(this))
    , m_column(new QVBoxLayout(this))
{
    setAccessibleName(tr("Pages"));
    m_column->setContentsMargins(4, 48, 4, 8);
    m_column->setSpacing(4);
    m_column->addStretch();
    connect(m_group, &QButtonGroup::idClicked, this, &Rail::chosen);
}

void Rail::addItem(int id, const QString &iconName, const QString &label, const QString &keyText)
{
    auto *button = new RailButton(iconName, label, this);
    button->setCompact(m_compact);
    button->setToolTip(keyText.isEmpty() ? label : u"%1  %2"_s.arg(label, keyText));
    m_group->addButton(button, id);
    m_column->insertWidget(m_column->count() - 1, button, 0, Qt::AlignHCenter);
    setCompact(m_compact); // a long label may need more room
}

void Rail::setCurrent(int id)
{
    if (QAbstractButton *button = m_group->button(id))
        button->setChecked(true);
}

void Rail::setItemShown(int id, bool isShown)
{
    if (QAbstractButton *button = m_group->button(id))
        button->setVisible(isShown);
    update();
}

void Rail::setCompact(bool compact)
{
    m_compact = compact;
    const auto buttons = m_group->buttons();
    for (QAbstractButton *button : buttons)
        static_cast<RailButton *>(button)->setCompact(compact);
    // Labels in a large font or a long language may make the rail wider than the designed 96.
    int width = compact ? 56 : 96;
    for (const QAbstractButton *button : buttons)
        width = std::max(width, button->sizeHint().width() + 8);
    setFixedWidth(width);
}

void Rail::paintEvent(QPaintEvent *event)
{
    Panel::paintEvent(event);
    QPainter painter(this);
    paintIcon(&painter, u"mark"_s, QRect(0, 0, width() - 1, 48), 28, colors().accent);
    if (const QAbstractButton *current = m_group->checkedButton(); current && !current->isHidden()) {
        const QRect item = current->geometry();
        const QRect bar =
            QStyle::visualRect(layoutDirection(), rect(), QRect(0, item.y() + 12, 3, item.height() - 24));
        paintOutline(&painter, bar, colors().accent, Qt::transparent, 1.5);
    }
}

} // namespace Branchline
