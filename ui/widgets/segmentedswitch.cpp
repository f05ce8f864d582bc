// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/segmentedswitch.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

namespace Branchline {

namespace {

class Segment final : public QAbstractButton
{
public:
    Segment(const QString &text, QString keyText, QWidget *parent)
        : QAbstractButton(parent)
        , m_keyText(std::move(keyText))
    {
        setText(text);
        setAccessibleName(text);
        setCheckable(true);
        setAttribute(Qt::WA_Hover);
        setFocusPolicy(Qt::TabFocus);
    }

    QSize sizeHint() const override
    {
        const QFontMetrics strong(textFont(TextRole::Body, true));
        int width = strong.horizontalAdvance(text()) + 24;
        if (!m_keyText.isEmpty())
            width += 8 + QFontMetrics(textFont(TextRole::Caption)).horizontalAdvance(m_keyText);
        return {width, controlHeight(26, textFont(TextRole::Body), 6)};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const ThemeColors &c = colors();
        QPainter painter(this);
        if (isChecked())
            paintOutline(&painter, rect(), c.surface, c.control, 4);
        const bool ring = hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange);
        if (ring)
            paintFocusRing(&painter, rect(), 4);
        const QFont font = textFont(TextRole::Body, isChecked());
        const int words = QFontMetrics(font).horizontalAdvance(text());
        const auto place = [this](int x, int width) {
            return QStyle::visualRect(layoutDirection(), rect(), QRect(x, 0, width, height()));
        };
        painter.setFont(font);
        painter.setPen(!isEnabled() ? c.disabled : isChecked() || underMouse() ? c.text : c.muted);
        painter.drawText(place(12, words + 1), Qt::AlignCenter | Qt::TextSingleLine, text());
        if (m_keyText.isEmpty())
            return;
        const QFont caption = textFont(TextRole::Caption);
        painter.setFont(caption);
        painter.setPen(isEnabled() ? c.muted : c.disabled);
        const int key = QFontMetrics(caption).horizontalAdvance(m_keyText);
        painter.drawText(place(20 + words, key + 1), Qt::AlignCenter | Qt::TextSingleLine, m_keyText);
    }

private:
    QString m_keyText;
};

} // namespace

SegmentedSwitch::SegmentedSwitch(QWidget *parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
    , m_layout(new QHBoxLayout(this))
{
    m_layout->setContentsMargins(3, 3, 3, 3);
    m_layout->setSpacing(0);
    m_layout->setSizeConstraint(QLayout::SetFixedSize);
    connect(m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on)
            Q_EMIT currentChanged(id);
    });
}

void SegmentedSwitch::addSegment(const QString &text, const QString &keyText)
{
    auto *segment = new Segment(text, keyText, this);
    const int id = count();
    if (id == 0)
        segment->setChecked(true);
    m_group->addButton(segment, id);
    m_layout->addWidget(segment);
}

int SegmentedSwitch::currentIndex() const
{
    return m_group->checkedId();
}

void SegmentedSwitch::setCurrentIndex(int index)
{
    if (QAbstractButton *segment = m_group->button(index))
        segment->setChecked(true);
}

int SegmentedSwitch::count() const
{
    return static_cast<int>(m_group->buttons().size());
}

void SegmentedSwitch::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintOutline(&painter, rect(), colors().window, colors().border, 6);
}

} // namespace Branchline
