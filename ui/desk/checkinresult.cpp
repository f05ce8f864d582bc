// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/checkinresult.h"

#include "ui/widgets/button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/textline.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QPainter>
#include <QStyle>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int iconSize = 40;
constexpr int padding = 20;

} // namespace

CheckInResultCard::CheckInResultCard(QWidget *parent)
    : QFrame(parent)
    , m_headline(new TextLine(TextRole::Result, true))
    , m_title(new TextLine(TextRole::Subhead, true))
    , m_subline(new TextLine(TextRole::Subhead, false, TextLine::Tone::Muted))
    , m_timeliness(new TextLine(TextRole::Body, true))
    , m_timelinessDetail(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
{
    setMinimumHeight(82);
    auto *book = new QHBoxLayout;
    book->setSpacing(6);
    book->addWidget(m_title);
    book->addWidget(m_subline, 1);
    auto *what = new QVBoxLayout;
    what->setSpacing(0);
    what->addStretch();
    what->addWidget(m_headline);
    what->addLayout(book);
    what->addStretch();
    auto *when = new QVBoxLayout;
    when->setSpacing(2);
    for (TextLine *line : {m_timeliness, m_timelinessDetail}) {
        line->setElided(false);
        line->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    }
    when->addStretch();
    when->addWidget(m_timeliness);
    when->addWidget(m_timelinessDetail);
    when->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(padding, 8, padding, 8);
    row->setSpacing(padding);
    row->addSpacing(iconSize + padding); // the icon is painted there
    row->addLayout(what, 1);
    row->addLayout(when);
    m_undo = new Button(u"undo"_s, tr("Undo"), tr("Ctrl+Z"));
    m_undo->setFocusPolicy(Qt::TabFocus);
    m_undo->setToolTip(tr("The copy is on loan again, as it was before."));
    m_undo->setAccessibleName(tr("Undo this return"));
    connect(m_undo, &QAbstractButton::clicked, this, &CheckInResultCard::undoRequested);
    row->addWidget(m_undo);
}

void CheckInResultCard::setResult(const CheckInResult &result)
{
    m_status = result.status;
    m_iconName = result.iconName;
    m_headline->setText(result.headline);
    m_title->setText(result.title);
    m_title->setVisible(!result.title.isEmpty());
    m_subline->setText(result.subline);
    m_timeliness->setText(result.timeliness);
    m_timeliness->setVisible(!result.timeliness.isEmpty());
    m_timeliness->setStatus(result.late ? Status::Overdue : Status::Available);
    m_timelinessDetail->setText(result.timelinessDetail);
    m_timelinessDetail->setVisible(!result.timelinessDetail.isEmpty());
    m_undo->setVisible(result.canUndo);
    fitHeadline();
    setAccessibleName(result.headline);
    setAccessibleDescription(QStringList{result.title, result.subline, result.timeliness}.join(u", "_s));
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
    update();
}

void CheckInResultCard::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fitHeadline();
}

/// Where the book goes is read whole, in a smaller size where there is little room.
void CheckInResultCard::fitHeadline()
{
    layout()->activate();
    const QFontMetrics large(textFont(TextRole::Result, true));
    const bool fits = large.horizontalAdvance(m_headline->text()) <= m_headline->width();
    m_headline->setRole(fits ? TextRole::Result : TextRole::Title, true);
}

void CheckInResultCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool soft = m_status == Status::Refused || m_status == Status::Unknown;
    painter.setPen(QPen(colors().border, 1));
    painter.setBrush(soft ? colors().soft(m_status) : colors().surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const QRect box(padding, (height() - iconSize) / 2, iconSize, iconSize);
    const QColor color = m_status == Status::None ? colors().muted : colors().status(m_status);
    paintIcon(&painter, m_iconName, QStyle::visualRect(layoutDirection(), rect(), box), iconSize, color,
              layoutDirection());
}

} // namespace Branchline
