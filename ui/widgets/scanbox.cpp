// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/scanbox.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int textStart = 50;  // margin, icon, gap
constexpr int fieldMargin = 8; // what the style leaves at both ends of a field
} // namespace

ScanBox::ScanBox(QWidget *parent)
    : QLineEdit(parent)
    , m_placeholder(tr("Scan a copy or a patron card"))
{
    setFont(textFont(TextRole::Title));
    setAccessibleName(tr("Scan box"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhPreferLatin);
    setContextMenuPolicy(Qt::NoContextMenu);
    QPalette own;
    own.setColor(QPalette::PlaceholderText, Qt::transparent);
    setPalette(own);
    place();
    showPlaceholder();
}

void ScanBox::place()
{
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    const int start = textStart - fieldMargin;
    setTextMargins(mirrored ? 8 : start, 0, mirrored ? start : 8, 0);
}

void ScanBox::setPlaceholder(const QString &text)
{
    m_placeholder = text;
    showPlaceholder();
}

void ScanBox::setOffline(bool offline)
{
    m_offline = offline;
    showPlaceholder();
    update();
}

void ScanBox::setCompact(bool compact)
{
    m_compact = compact;
    updateGeometry();
}

void ScanBox::showPlaceholder()
{
    const QString words = m_offline ? tr("Go on scanning: scans are kept on this desk") : m_placeholder;
    setPlaceholderText(words);
    setAccessibleDescription(words);
}

QSize ScanBox::sizeHint() const
{
    return {480, controlHeight(m_compact ? 44 : 52, font(), 16)};
}

QSize ScanBox::minimumSizeHint() const
{
    return {200, sizeHint().height()};
}

bool ScanBox::event(QEvent *event)
{
    // With nothing typed there is nothing of its own to undo, so the page may undo the last scan.
    if (event->type() == QEvent::ShortcutOverride && text().isEmpty() &&
        static_cast<QKeyEvent *>(event)->matches(QKeySequence::Undo)) {
        event->ignore();
        return true;
    }
    return QLineEdit::event(event);
}

void ScanBox::keyPressEvent(QKeyEvent *event)
{
    if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter) {
        QLineEdit::keyPressEvent(event);
        return;
    }
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        event->ignore();
        return;
    }
    const QString words = text().trimmed();
    clear();
    event->accept();
    if (!words.isEmpty())
        Q_EMIT scanned(words);
}

void ScanBox::paintEvent(QPaintEvent *event)
{
    place();
    QLineEdit::paintEvent(event);
    QPainter painter(this);
    const ThemeColors &c = colors();
    const QRect area = QStyle::visualRect(layoutDirection(), rect(), QRect(14, 0, 24, height()));
    const QColor color = m_offline ? c.status(Status::Offline) : hasFocus() ? c.accent : c.muted;
    paintIcon(&painter, m_offline ? u"offline"_s : u"scan"_s, area, 24, color, layoutDirection());
    paintPlaceholder(&painter, this,
                     QStyle::visualRect(layoutDirection(), rect(),
                                        QRect(textStart + 5, 0, width() - textStart - 20, height())));
}

} // namespace Branchline
