// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/button.h"

#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAction>
#include <QStyle>
#include <QStyleOptionButton>
#include <QStylePainter>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int gap = 8;
constexpr int arrowExtent = 16;
} // namespace

Button::Button(const QString &icon, const QString &text, const QString &keyText, QWidget *parent)
    : QPushButton(text, parent)
    , m_iconName(icon)
    , m_keyText(keyText)
{
    setAutoDefault(false);
    setDefault(false);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setIconOnly(text.isEmpty());
    setAccessibleDescription(keyText);
}

void Button::setKind(Kind kind)
{
    m_kind = kind;
    static const QStringList names{QString(), u"primary"_s, u"flat"_s, u"danger"_s};
    setProperty("kind", names.at(static_cast<int>(kind)));
    updateGeometry();
    update();
}

void Button::setSmall(bool small)
{
    m_small = small;
    setProperty("controlSize", small ? QVariant(u"small"_s) : QVariant());
    updateGeometry();
    update();
}

void Button::setKeyText(const QString &keyText)
{
    if (accessibleDescription().isEmpty() || accessibleDescription() == m_keyText)
        setAccessibleDescription(keyText);
    m_keyText = keyText;
    updateGeometry();
    update();
}

void Button::setIconName(const QString &icon)
{
    m_iconName = icon;
    updateGeometry();
    update();
}

void Button::setIconExtent(int extent)
{
    m_iconExtent = extent;
    updateGeometry();
    update();
}

void Button::setIconOnly(bool iconOnly)
{
    m_iconOnly = iconOnly;
    if (iconOnly && accessibleName().isEmpty())
        setAccessibleName(text());
    updateGeometry();
    update();
}

void Button::setStrong(bool strong)
{
    m_strong = strong;
    updateGeometry();
    update();
}

void Button::setQuiet(bool quiet)
{
    m_quiet = quiet;
    updateGeometry();
    update();
}

void Button::setMenuArrow(bool arrow)
{
    m_menuArrow = arrow;
    updateGeometry();
    update();
}

void Button::followAction(QAction *action)
{
    const auto take = [this, action] {
        setText(action->text());
        setToolTip(action->toolTip() == action->text() ? QString() : action->toolTip());
        setEnabled(action->isEnabled());
        if (!action->isVisible())
            hide();
        else if (testAttribute(Qt::WA_WState_ExplicitShowHide))
            show();
        if (!action->shortcut().isEmpty())
            setKeyText(action->shortcut().toString(QKeySequence::NativeText));
        updateGeometry();
        update();
    };
    connect(action, &QAction::changed, this, take);
    connect(this, &QPushButton::clicked, action, &QAction::trigger);
    take();
}

QFont Button::labelFont() const
{
    return textFont(m_quiet ? TextRole::Caption : TextRole::Body, m_strong || m_kind == Kind::Primary);
}

int Button::contentWidth() const
{
    int width = m_iconName.isEmpty() ? 0 : m_iconExtent;
    if (m_iconOnly)
        return width;
    const auto add = [&width](int part) { width += (width > 0 ? gap : 0) + part; };
    add(QFontMetrics(labelFont()).horizontalAdvance(text()));
    if (!m_keyText.isEmpty())
        add(QFontMetrics(textFont(TextRole::Caption)).horizontalAdvance(m_keyText));
    if (m_menuArrow)
        add(arrowExtent);
    return width;
}

QSize Button::sizeHint() const
{
    ensurePolished();
    QStyleOptionButton option;
    initStyleOption(&option);
    const int height = style()->sizeFromContents(QStyle::CT_PushButton, &option, QSize(1, 1), this).height();
    if (m_iconOnly)
        return {std::max(height, m_iconExtent + 8), height};
    return {contentWidth() + (m_small ? 16 : 24), height};
}

QColor Button::textColor() const
{
    const ThemeColors &c = colors();
    if (!isEnabled())
        return c.disabled;
    if (m_kind == Kind::Primary)
        return c.accentText;
    if (m_quiet)
        return c.muted;
    return m_kind == Kind::Danger ? c.status(Status::Refused) : c.text;
}

void Button::paintEvent(QPaintEvent *)
{
    QStylePainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    painter.drawControl(QStyle::CE_PushButtonBevel, option);
    const QColor color = textColor();
    const auto place = [this](int x, int width) {
        return QStyle::visualRect(layoutDirection(), rect(), QRect(x, 0, width, height()));
    };
    int x = std::max(4, (width() - contentWidth()) / 2);
    if (!m_iconName.isEmpty()) {
        paintIcon(&painter, m_iconName, place(x, m_iconExtent), m_iconExtent, color, layoutDirection());
        x += m_iconExtent + gap;
    }
    if (m_iconOnly)
        return;
    const auto write = [&](const QString &words, const QFont &font, const QColor &ink) {
        const int wide = QFontMetrics(font).horizontalAdvance(words);
        painter.setFont(font);
        painter.setPen(ink);
        painter.drawText(place(x, wide + 1), Qt::AlignCenter | Qt::TextSingleLine, words);
        x += wide + gap;
    };
    // A label longer than its place is cut; icon, key and arrow stay.
    const int missing = std::max(0, contentWidth() + 8 - width());
    const QFontMetrics metrics(labelFont());
    write(missing > 0
              ? metrics.elidedText(text(), Qt::ElideRight, metrics.horizontalAdvance(text()) - missing)
              : text(),
          labelFont(), color);
    if (!m_keyText.isEmpty())
        write(m_keyText, textFont(TextRole::Caption),
              m_kind == Kind::Primary || !isEnabled() ? color : colors().muted);
    if (m_menuArrow)
        paintIcon(&painter, u"down"_s, place(x, arrowExtent), arrowExtent, color, layoutDirection());
}

} // namespace Branchline
