// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/filterchip.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int padding = 12;
constexpr int iconExtent = 14;
constexpr int gap = 6;

} // namespace

FilterChip::FilterChip(const QString &name, bool single, QWidget *parent)
    : QAbstractButton(parent)
    , m_name(name)
    , m_single(single)
    , m_menu(new QMenu(this))
{
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(this, &QAbstractButton::clicked, this, &FilterChip::openMenu);
    showText();
}

void FilterChip::setChoices(const QList<Choice> &choices)
{
    m_choices = choices;
    setValues(m_values);
}

void FilterChip::setValues(const QStringList &values)
{
    m_values.clear();
    for (const Choice &choice : m_choices) {
        if (values.contains(choice.value))
            m_values << choice.value;
    }
    showText();
}

void FilterChip::clear()
{
    if (!isOn())
        return;
    setValues({});
    Q_EMIT changed({});
}

void FilterChip::showText()
{
    QStringList texts;
    for (const Choice &choice : m_choices) {
        if (m_values.contains(choice.value))
            texts << choice.text;
    }
    setText(texts.isEmpty() ? m_name : tr("%1: %2").arg(m_name, texts.join(u", "_s)));
    setAccessibleName(texts.isEmpty() ? tr("Filter %1, off").arg(m_name) : tr("Filter %1").arg(text()));
    setToolTip(isOn() ? tr("Press Delete or click the cross to take this filter off.") : QString());
    updateGeometry();
    update();
}

void FilterChip::openMenu()
{
    m_menu->clear();
    for (const Choice &choice : std::as_const(m_choices)) {
        QAction *action = m_menu->addAction(choice.text);
        action->setCheckable(true);
        action->setChecked(m_values.contains(choice.value));
        connect(action, &QAction::triggered, this,
                [this, value = choice.value](bool on) { choose(value, on); });
    }
    m_menu->popup(mapToGlobal(QPoint(
        layoutDirection() == Qt::RightToLeft ? width() - m_menu->sizeHint().width() : 0, height() + 4)));
}

void FilterChip::choose(const QString &value, bool on)
{
    QStringList values = m_single ? QStringList() : m_values;
    values.removeAll(value);
    if (on)
        values << value;
    setValues(values);
    Q_EMIT changed(m_values);
}

QRect FilterChip::crossRect() const
{
    const QRect cross(width() - padding - iconExtent, 0, iconExtent + padding, height());
    return QStyle::visualRect(layoutDirection(), rect(), cross);
}

QSize FilterChip::sizeHint() const
{
    const int words = QFontMetrics(textFont(TextRole::Body)).horizontalAdvance(text());
    const int icons = isOn() ? 2 * (iconExtent + gap) : iconExtent + gap;
    return {std::min(words + 2, 320) + icons + 2 * padding, controlHeight(26, textFont(TextRole::Body), 8)};
}

void FilterChip::mousePressEvent(QMouseEvent *event)
{
    if (isOn() && event->button() == Qt::LeftButton && crossRect().contains(event->position().toPoint()))
        return clear();
    QAbstractButton::mousePressEvent(event);
}

void FilterChip::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace)
        return clear();
    if (event->key() == Qt::Key_Down)
        return openMenu();
    QAbstractButton::keyPressEvent(event);
}

void FilterChip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const ThemeColors &c = colors();
    const qreal radius = height() / 2.0;
    paintOutline(&painter, rect(),
                 isOn()         ? c.accentSoft
                 : underMouse() ? c.hover
                                : c.surface,
                 isOn() ? c.accent : c.control, radius);
    QRect words = rect().adjusted(padding, 0, -padding, 0);
    const auto place = [this](const QRect &area) {
        return QStyle::visualRect(layoutDirection(), rect(), area);
    };
    if (isOn()) {
        paintIcon(&painter, u"check"_s, place(QRect(padding, 0, iconExtent, height())), iconExtent, c.text,
                  layoutDirection());
        paintIcon(&painter, u"close"_s, place(QRect(width() - padding - iconExtent, 0, iconExtent, height())),
                  iconExtent, c.text, layoutDirection());
        words.adjust(iconExtent + gap, 0, -iconExtent - gap, 0);
    } else {
        paintIcon(&painter, u"down"_s, place(QRect(width() - padding - iconExtent, 0, iconExtent, height())),
                  iconExtent, c.muted, layoutDirection());
        words.adjust(0, 0, -iconExtent - gap, 0);
    }
    painter.setFont(textFont(TextRole::Body));
    painter.setPen(c.text);
    painter.drawText(place(words),
                     Qt::AlignVCenter |
                         (layoutDirection() == Qt::RightToLeft ? Qt::AlignRight : Qt::AlignLeft),
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, words.width()));
    if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange))
        paintFocusRing(&painter, rect(), radius);
}

} // namespace Branchline
