// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/facetpane.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/textline.h"

#include <QLocale>
#include <QPainter>
#include <QScrollArea>
#include <QStyleOptionButton>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int paneWidth = 188;
constexpr size_t shownAtFirst = 5;
constexpr int boxExtent = 16;

QString countText(const FacetOption &option)
{
    if (option.count < 0)
        return {};
    const QString number = QLocale().toString(option.count);
    return option.isMore ? number + u'+' : number;
}

} // namespace

FacetButton::FacetButton(QWidget *parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

void FacetButton::setOption(const FacetOption &option)
{
    m_option = option;
    setText(option.label);
    setChecked(option.isChosen);
    setToolTip(option.isMore ? tr("%1. Not everything could be counted: there may be more.").arg(option.label)
                             : option.label);
    setAccessibleName(option.count < 0
                          ? option.label
                          : tr("%1, titles: %2").arg(option.label, QLocale().toString(option.count)));
    update();
}

QSize FacetButton::sizeHint() const
{
    return {120, controlHeight(25, textFont(TextRole::Body), 6)};
}

void FacetButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const ThemeColors &c = colors();
    const auto place = [this](const QRect &area) {
        return QStyle::visualRect(layoutDirection(), rect(), area);
    };
    if (underMouse())
        painter.fillRect(rect(), c.hover);
    QStyleOptionButton box;
    box.initFrom(this);
    box.state.setFlag(QStyle::State_HasFocus, false);
    box.state |= isChecked() ? QStyle::State_On : QStyle::State_Off;
    box.rect = place(QRect(12, (height() - boxExtent) / 2, boxExtent, boxExtent));
    style()->drawPrimitive(QStyle::PE_IndicatorCheckBox, &box, &painter, this);

    painter.setFont(textFont(TextRole::Caption));
    painter.setPen(c.muted);
    const QString count = countText(m_option);
    const int countWidth = painter.fontMetrics().horizontalAdvance(count);
    painter.drawText(place(QRect(width() - 10 - countWidth, 0, countWidth, height())), Qt::AlignCenter,
                     count);

    painter.setFont(textFont(TextRole::Body));
    painter.setPen(m_option.count == 0 && !isChecked() ? c.muted : c.text);
    const QRect words = place(QRect(36, 0, width() - 36 - 16 - countWidth, height()));
    painter.drawText(
        words, Qt::AlignVCenter | (layoutDirection() == Qt::RightToLeft ? Qt::AlignRight : Qt::AlignLeft),
        painter.fontMetrics().elidedText(text(), Qt::ElideRight, words.width()));
    if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange))
        paintFocusRing(&painter, QRectF(rect()).adjusted(4, 0, -4, 0), 4);
}

FacetPane::FacetPane(QWidget *parent)
    : Panel(Ground::Window, EndEdge, parent)
{
    setAccessibleName(tr("Filters"));
    setFixedWidth(paneWidth);
    auto *content = new QWidget;
    m_column = new QVBoxLayout(content);
    m_column->setContentsMargins(0, 8, 0, 12);
    m_column->setSpacing(0);
    m_column->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, 0, 1, 0);
    box->addWidget(scroll);
}

FacetPane::Section FacetPane::makeSection(FacetGroup::Kind kind)
{
    Section section;
    section.box = new QWidget;
    section.title = new TextLine(TextRole::Caption, true, TextLine::Tone::Muted);
    section.title->setContentsMargins(12, 6, 12, 4);
    section.rows = new QVBoxLayout;
    section.rows->setSpacing(0);
    auto *more = new Button({}, tr("More"));
    more->setKind(Button::Kind::Flat);
    more->setSmall(true);
    section.more = more;
    connect(more, &QAbstractButton::clicked, this, [this, kind] {
        if (!m_opened.remove(static_cast<int>(kind)))
            m_opened.insert(static_cast<int>(kind));
        setGroups(std::vector(m_groups));
    });
    auto *column = new QVBoxLayout(section.box);
    column->setContentsMargins(0, 0, 0, 8);
    column->setSpacing(0);
    column->addWidget(section.title);
    column->addLayout(section.rows);
    auto *end = new QHBoxLayout;
    end->setContentsMargins(4, 0, 4, 0);
    end->addWidget(more, 0, Qt::AlignLeading);
    end->addStretch(1);
    column->addLayout(end);
    m_column->insertWidget(m_column->count() - 1, section.box);
    return section;
}

void FacetPane::setGroups(const std::vector<FacetGroup> &groups)
{
    m_groups = groups;
    for (const FacetGroup &group : m_groups) {
        if (!m_sections.contains(group.kind))
            m_sections.emplace(group.kind, makeSection(group.kind));
        showSection(m_sections.at(group.kind), group);
    }
}

void FacetPane::showSection(Section &section, const FacetGroup &group)
{
    section.box->setVisible(!group.options.empty());
    section.title->setText(group.title);
    const bool isOpen = m_opened.contains(static_cast<int>(group.kind));
    size_t shown = 0;
    for (size_t i = 0; i < group.options.size(); ++i) {
        const FacetOption &option = group.options[i];
        if (i >= shownAtFirst && !isOpen && !option.isChosen)
            continue;
        if (shown == section.buttons.size()) {
            auto *button = new FacetButton;
            section.buttons.push_back(button);
            section.rows->addWidget(button);
            connect(button, &QAbstractButton::clicked, this, [this, button, kind = group.kind](bool on) {
                Q_EMIT toggled(kind, button->option().value, on);
            });
        }
        section.buttons[shown]->setOption(option);
        section.buttons[shown]->show();
        ++shown;
    }
    for (size_t i = shown; i < section.buttons.size(); ++i)
        section.buttons[i]->hide();
    section.more->setVisible(group.options.size() > shown || (isOpen && shown > shownAtFirst));
    section.more->setText(isOpen ? tr("Fewer")
                                 : tr("%1 more").arg(QLocale().toString(group.options.size() - shown)));
    section.more->setAccessibleName(tr("%1: %2").arg(group.title, section.more->text()));
}

} // namespace Branchline
