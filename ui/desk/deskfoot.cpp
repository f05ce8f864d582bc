// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/deskfoot.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int wordsFrom = 900;

} // namespace

DeskFoot::DeskFoot(QWidget *parent)
    : QFrame(parent)
    , m_scans(new TextLine(TextRole::Body, true))
    , m_reason(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_undo(new Button(u"undo"_s, tr("Undo last"), tr("Ctrl+Z")))
    , m_done(new Button(QString(), tr("Done"), tr("Ctrl+Enter")))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(12);
    m_scans->setElided(false);
    row->addWidget(m_scans);
    addItem(&DeskCounts::lent, u"done"_s, Status::Available);
    addItem(&DeskCounts::renewed, u"renewed"_s, Status::Available);
    addItem(&DeskCounts::returned, u"available"_s, Status::Available);
    addItem(&DeskCounts::toDecide, u"refused"_s, Status::Refused);
    addItem(&DeskCounts::refused, u"refused"_s, Status::Refused);
    addItem(&DeskCounts::unknown, u"unknown"_s, Status::Unknown);
    addItem(&DeskCounts::failed, u"warn"_s, Status::Refused);
    addItem(&DeskCounts::undone, u"undo"_s, Status::None);
    addItem(&DeskCounts::waiting, u"pending"_s, Status::None);
    row->addStretch(1);
    m_reason->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    row->addWidget(m_reason, 2);
    m_undo->setFocusPolicy(Qt::TabFocus);
    m_undo->setAccessibleName(tr("Undo last"));
    row->addWidget(m_undo);
    m_done->setKind(Button::Kind::Primary);
    m_done->setFocusPolicy(Qt::TabFocus);
    row->addWidget(m_done);
    setAccessibleName(tr("Summary of the scans"));
    setLow(false);
    setCanUndo(false);
    refresh();
}

void DeskFoot::addItem(int DeskCounts::*count, const QString &iconName, Status status)
{
    auto *item = new QWidget(this);
    auto *words = new TextLine(TextRole::Body);
    words->setElided(false);
    auto *glyph = new IconLabel(18);
    if (status == Status::None) {
        words->setTone(TextLine::Tone::Muted);
        glyph->setIcon(iconName, IconLabel::Tint::Muted);
    } else {
        words->setStatus(status);
        glyph->setIcon(iconName, IconLabel::Tint::Status, status);
    }
    auto *line = new QHBoxLayout(item);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(6);
    line->addWidget(glyph);
    line->addWidget(words);
    layout()->addWidget(item);
    m_items.push_back({count, item, words});
}

/// The copy that a person is asked about is among the refused ones, but nothing is decided about it yet.
int DeskFoot::numberOf(int DeskCounts::*count) const
{
    const int toDecide = m_isDeciding ? std::min(1, m_counts.refused) : 0;
    return count == &DeskCounts::toDecide  ? toDecide
           : count == &DeskCounts::refused ? m_counts.refused - toDecide
                                           : m_counts.*count;
}

QString DeskFoot::wordsFor(int DeskCounts::*count) const
{
    const int n = numberOf(count);
    if (count == &DeskCounts::toDecide)
        return tr("%Ln to decide", nullptr, n);
    if (count == &DeskCounts::lent)
        return tr("%Ln lent", nullptr, n);
    if (count == &DeskCounts::renewed)
        return tr("%Ln renewed", nullptr, n);
    if (count == &DeskCounts::undone)
        return tr("%Ln undone", nullptr, n);
    if (count == &DeskCounts::returned)
        return tr("%Ln returned", nullptr, n);
    if (count == &DeskCounts::refused)
        return tr("%Ln refused", nullptr, n);
    if (count == &DeskCounts::unknown)
        return tr("%Ln being checked", nullptr, n);
    if (count == &DeskCounts::failed)
        return tr("%Ln not done", nullptr, n);
    return tr("%Ln waiting", nullptr, n);
}

QString DeskFoot::reason() const
{
    if (m_isDeciding)
        return tr("Done waits for your decision.");
    const int open = m_counts.unknown + m_counts.waiting;
    if (open > 0)
        return open == 1 ? tr("Done waits for 1 scan.") : tr("Done waits for %1 scans.").arg(open);
    if (m_counts.scans == 0 && !m_patronThere)
        return tr("Nothing has been scanned yet.");
    return {};
}

void DeskFoot::refresh()
{
    m_scans->setText(m_counts.scans == 1 ? tr("1 scan") : tr("%Ln scans", nullptr, m_counts.scans));
    const bool inWords = width() >= wordsFrom;
    for (const Item &item : m_items) {
        const QString words = wordsFor(item.count);
        item.widget->setVisible(numberOf(item.count) > 0);
        item.widget->setToolTip(words);
        item.words->setText(inWords ? words : QLocale().toString(numberOf(item.count)));
        item.words->setAccessibleName(words);
    }
    const QString why = reason();
    m_done->setEnabled(why.isEmpty());
    m_done->setToolTip(why.isEmpty() ? tr("Closes this visit and empties the list.") : why);
    // Where there is no room for the sentence, the button's tool tip has it.
    m_reason->setText(m_counts.scans == 0 || !inWords ? QString() : why);
}

void DeskFoot::setCounts(const DeskCounts &counts)
{
    m_counts = counts;
    refresh();
}

void DeskFoot::setDeciding(bool isDeciding)
{
    m_isDeciding = isDeciding;
    refresh();
}

void DeskFoot::setPatronThere(bool there)
{
    m_patronThere = there;
    refresh();
}

void DeskFoot::setCanUndo(bool can)
{
    m_undo->setEnabled(can);
    m_undo->setToolTip(can ? tr("Takes back what the newest scan did.")
                           : tr("No scan of this list can be undone."));
}

void DeskFoot::setLow(bool low)
{
    setFixedHeight(std::max(low ? 44 : 52, m_done->sizeHint().height() + 12));
}

void DeskFoot::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    refresh();
}

void DeskFoot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().window);
    paintHairline(&painter, rect(), Qt::TopEdge, colors().border);
}

} // namespace Branchline
