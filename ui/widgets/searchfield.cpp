// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/searchfield.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int textStart = 36;  // margin, icon, gap
constexpr int fieldMargin = 8; // what the style leaves at both ends of a field
} // namespace

SearchField::SearchField(const QString &accessibleName, const QString &keyText, QWidget *parent)
    : QLineEdit(parent)
    , m_keyText(keyText)
    , m_clear(new Button(u"close"_s, {}, {}, this))
{
    setAccessibleName(accessibleName);
    QPalette own;
    own.setColor(QPalette::PlaceholderText, Qt::transparent);
    setPalette(own);
    m_clear->setKind(Button::Kind::Flat);
    m_clear->setSmall(true);
    m_clear->setIconExtent(16);
    m_clear->setFocusPolicy(Qt::NoFocus);
    m_clear->setCursor(Qt::ArrowCursor);
    m_clear->setAccessibleName(tr("Empty the field"));
    m_clear->setToolTip(tr("Empty the field"));
    m_clear->hide();
    connect(m_clear, &Button::clicked, this, [this] {
        clear();
        setFocus();
    });
    connect(this, &QLineEdit::textChanged, this, &SearchField::place);
    place();
}

void SearchField::setKeyText(const QString &keyText)
{
    m_keyText = keyText;
    place();
    update();
}

void SearchField::setIconName(const QString &icon)
{
    m_iconName = icon;
    update();
}

void SearchField::setKeyAlwaysShown(bool always)
{
    m_keyAlwaysShown = always;
    place();
    update();
}

void SearchField::setTall(bool tall)
{
    m_tall = tall;
    updateGeometry();
}

QSize SearchField::sizeHint() const
{
    return {320, controlHeight(m_tall ? 36 : 32, font())};
}

void SearchField::place()
{
    const QFontMetrics caption(textFont(TextRole::Caption));
    const bool filled = !text().isEmpty() && !m_keyAlwaysShown;
    const int end = filled ? 26 : m_keyText.isEmpty() ? 0 : caption.horizontalAdvance(m_keyText) + 10;
    const int start = textStart - fieldMargin;
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    setTextMargins(mirrored ? end : start, 0, mirrored ? start : end, 0);
    const QSize size = m_clear->sizeHint();
    const QRect corner(width() - size.width() - 4, (height() - size.height()) / 2, size.width(),
                       size.height());
    m_clear->setGeometry(QStyle::visualRect(layoutDirection(), rect(), corner));
    m_clear->setVisible(filled);
}

bool SearchField::event(QEvent *event)
{
    // Ctrl+K leads here and Ctrl+E edits what was found; "delete to the end" and "go to the end", which some
    // systems have on these keys, must not swallow them.
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool isOurs = key->key() == Qt::Key_K || key->key() == Qt::Key_E;
        if (isOurs && key->modifiers() == Qt::ControlModifier) {
            event->ignore();
            return false;
        }
    }
    if (event->type() == QEvent::LayoutDirectionChange)
        place();
    return QLineEdit::event(event);
}

void SearchField::resizeEvent(QResizeEvent *event)
{
    QLineEdit::resizeEvent(event);
    place();
}

void SearchField::paintEvent(QPaintEvent *event)
{
    QLineEdit::paintEvent(event);
    QPainter painter(this);
    const ThemeColors &c = colors();
    const auto at = [this](int x, int width) {
        return QStyle::visualRect(layoutDirection(), rect(), QRect(x, 0, width, height()));
    };
    paintIcon(&painter, m_iconName, at(10, 18), 18, hasFocus() ? c.accent : c.muted, layoutDirection());
    const int key = m_keyText.isEmpty() ? 0 : 72;
    paintPlaceholder(&painter, this, at(textStart + 4, width() - textStart - 12 - key));
    if ((text().isEmpty() || m_keyAlwaysShown) && !m_keyText.isEmpty()) {
        const QFont caption = textFont(TextRole::Caption);
        const int wide = QFontMetrics(caption).horizontalAdvance(m_keyText) + 1;
        painter.setFont(caption);
        painter.setPen(c.muted);
        painter.drawText(at(width() - wide - 10, wide), Qt::AlignCenter | Qt::TextSingleLine, m_keyText);
    }
}

} // namespace Branchline
