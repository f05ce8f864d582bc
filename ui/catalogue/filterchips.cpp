// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/filterchips.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int padding = 12;
constexpr int iconExtent = 14;
constexpr int gap = 6;
constexpr int widest = 240;

QString chipText(const FacetGroup &group, const FacetOption &option)
{
    // "Available now: At Hillside" would say it twice.
    if (group.kind == FacetGroup::Kind::Shelf)
        return option.value == "here"_L1
                   ? FilterChips::tr("Available %1").arg(option.label.left(1).toLower() + option.label.mid(1))
                   : FilterChips::tr("Available at any branch");
    return FilterChips::tr("%1: %2").arg(group.title, option.label);
}

} // namespace

ChosenChip::ChosenChip(const QString &text, QWidget *parent)
    : QAbstractButton(parent)
{
    setText(text);
    setAccessibleName(tr("Remove the filter %1").arg(text));
    setToolTip(tr("Remove the filter %1").arg(text));
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
}

QSize ChosenChip::sizeHint() const
{
    const QFont font = textFont(TextRole::Body);
    return {std::min(QFontMetrics(font).horizontalAdvance(text()), widest) + 2 * (padding + iconExtent + gap),
            controlHeight(26, font, 8)};
}

void ChosenChip::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace)
        return click();
    QAbstractButton::keyPressEvent(event);
}

void ChosenChip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const ThemeColors &c = colors();
    const qreal radius = height() / 2.0;
    paintOutline(&painter, rect(), underMouse() ? c.selected : c.accentSoft, c.accent, radius);
    const auto place = [this](const QRect &area) {
        return QStyle::visualRect(layoutDirection(), rect(), area);
    };
    paintIcon(&painter, u"check"_s, place(QRect(padding, 0, iconExtent, height())), iconExtent, c.text,
              layoutDirection());
    paintIcon(&painter, u"close"_s, place(QRect(width() - padding - iconExtent, 0, iconExtent, height())),
              iconExtent, c.text, layoutDirection());
    painter.setFont(textFont(TextRole::Body));
    painter.setPen(c.text);
    const int inset = padding + iconExtent + gap;
    painter.drawText(place(rect().adjusted(inset, 0, -inset, 0)), Qt::AlignCenter,
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, width() - 2 * inset + 2));
    if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange))
        paintFocusRing(&painter, rect(), radius);
}

FilterChips::FilterChips(QWidget *parent)
    : QWidget(parent)
    , m_rest(new QLabel(this))
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_rest->setFont(textFont(TextRole::Body));
    m_rest->hide();
}

void FilterChips::setGroups(const std::vector<FacetGroup> &groups)
{
    std::vector<Chip> chips;
    for (const FacetGroup &group : groups) {
        for (const FacetOption &option : group.options) {
            if (option.isChosen)
                chips.push_back({group.kind, option.value, chipText(group, option), nullptr});
        }
    }
    const bool isSame = std::equal(chips.begin(), chips.end(), m_chips.begin(), m_chips.end(),
                                   [](const Chip &a, const Chip &b) {
                                       return a.kind == b.kind && a.value == b.value && a.text == b.text;
                                   });
    if (isSame)
        return;
    for (const Chip &old : m_chips)
        old.button->deleteLater();
    m_chips = std::move(chips);
    for (Chip &chip : m_chips) {
        chip.button = new ChosenChip(chip.text, this);
        connect(chip.button, &QAbstractButton::clicked, this,
                [this, kind = chip.kind, value = chip.value] { Q_EMIT removed(kind, value); });
    }
    place();
}

bool FilterChips::removeLast()
{
    if (m_chips.empty())
        return false;
    Q_EMIT removed(m_chips.back().kind, QString(m_chips.back().value));
    return true;
}

QSize FilterChips::sizeHint() const
{
    return {200, controlHeight(26, textFont(TextRole::Body), 8)};
}

void FilterChips::place()
{
    int x = 0;
    int hidden = 0;
    constexpr int restWidth = 40;
    for (size_t i = 0; i < m_chips.size(); ++i) {
        ChosenChip *button = m_chips[i].button;
        const int width = button->sizeHint().width();
        const int reserve = i + 1 < m_chips.size() ? restWidth : 0;
        const bool fits = hidden == 0 && (x + width + reserve <= this->width() || i == 0);
        button->setVisible(fits);
        if (!fits) {
            ++hidden;
            continue;
        }
        const QRect area(x, 0, std::min(width, this->width()), height());
        button->setGeometry(QStyle::visualRect(layoutDirection(), rect(), area));
        x += width + 8;
    }
    m_rest->setVisible(hidden > 0);
    m_rest->setText(tr("+%1").arg(QLocale().toString(hidden)));
    m_rest->setGeometry(QStyle::visualRect(layoutDirection(), rect(), QRect(x, 0, restWidth, height())));
}

void FilterChips::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
}

} // namespace Branchline
