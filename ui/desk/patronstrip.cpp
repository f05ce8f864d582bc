// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/patronstrip.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

// The initials on their sunken ground; a decoration for those who see, so it has no accessible name.
class InitialsBox final : public QLabel
{
public:
    using QLabel::QLabel;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors().sunken);
        painter.drawRoundedRect(rect(), 6, 6);
        painter.setPen(colors().muted);
        painter.drawText(rect(), Qt::AlignCenter, text());
    }
};

// A fact: label over value, with a line at its start side.
class FactBox final : public QWidget
{
public:
    FactBox(const QString &label, const QList<QWidget *> &values, QWidget *parent)
        : QWidget(parent)
    {
        auto *caption = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
        caption->setElided(false);
        caption->setText(label);
        auto *line = new QHBoxLayout;
        line->setSpacing(4);
        line->addStrut(20); // the same with and without an icon
        for (QWidget *value : values)
            line->addWidget(value, 0, Qt::AlignVCenter);
        line->addStretch();
        auto *row = new QHBoxLayout(this); // mirrors the space before the words, as margins would not
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(0);
        row->addSpacing(16);
        auto *box = new QVBoxLayout;
        row->addLayout(box);
        box->setSpacing(0);
        box->addStretch();
        box->addWidget(caption);
        box->addLayout(line);
        box->addStretch();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        paintHairline(&painter, rect(), mirrored ? Qt::RightEdge : Qt::LeftEdge, colors().border);
    }
};

} // namespace

PatronStrip::PatronStrip(QWidget *parent)
    : QFrame(parent)
    , m_initials(new InitialsBox(this))
    , m_name(new TextLine(TextRole::PatronName, true))
    , m_type(new TagLabel)
    , m_cardLine(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_blocked(new TagLabel)
    , m_onLoan(new TextLine(TextRole::Subhead, true))
    , m_limit(new TextLine(TextRole::Subhead, false, TextLine::Tone::Muted))
    , m_overdueIcon(new IconLabel(18))
    , m_overdue(new TextLine(TextRole::Subhead, true))
{
    for (TextLine *line : {m_onLoan, m_limit, m_overdue})
        line->setElided(false);
    m_onLoanFact = new FactBox(tr("On loan"), {m_onLoan, m_limit}, this);
    m_overdueFact = new FactBox(tr("Overdue"), {m_overdueIcon, m_overdue}, this);
    m_overdueIcon->setIcon(u"overdue"_s, IconLabel::Tint::Status, Status::Overdue);
    auto *close = new Button(u"close"_s, QString(), QString(), this);
    close->setKind(Button::Kind::Flat);
    close->setAccessibleName(tr("Close the patron"));
    close->setToolTip(tr("Close the patron. The next copy needs a patron card first."));
    close->setFocusPolicy(Qt::TabFocus);
    connect(close, &QAbstractButton::clicked, this, &PatronStrip::closed);
    m_close = close;
    arrange();
    setLow(false);
}

void PatronStrip::arrange()
{
    auto *nameLine = new QHBoxLayout;
    nameLine->setSpacing(8);
    nameLine->addWidget(m_name);
    nameLine->addWidget(m_type, 0, Qt::AlignVCenter);
    nameLine->addStretch(1);
    auto *cardLine = new QHBoxLayout;
    cardLine->setSpacing(8);
    cardLine->addWidget(m_blocked, 0, Qt::AlignVCenter);
    cardLine->addWidget(m_cardLine, 1);
    auto *who = new QVBoxLayout;
    who->setSpacing(0);
    who->addStretch();
    who->addLayout(nameLine);
    who->addLayout(cardLine);
    who->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(16);
    row->addWidget(m_initials);
    row->addLayout(who, 1);
    row->addWidget(m_onLoanFact);
    row->addWidget(m_overdueFact);
    row->addWidget(m_close);
}

void PatronStrip::setLow(bool low)
{
    m_low = low;
    const int box = low ? 36 : 48;
    m_initials->setFixedSize(box, box);
    m_initials->setFont(textFont(low ? TextRole::Body : TextRole::Title, true));
    m_name->setRole(low ? TextRole::Title : TextRole::PatronName, true);
    m_cardLine->setRole(low ? TextRole::Caption : TextRole::Body, false);
    for (TextLine *line : {m_onLoan, m_overdue})
        line->setRole(low ? TextRole::Body : TextRole::Subhead, true);
    m_limit->setRole(low ? TextRole::Body : TextRole::Subhead, false);
    for (QWidget *fact : {m_onLoanFact, m_overdueFact})
        fact->setFixedHeight(std::max(box, fact->minimumSizeHint().height()));
    setFixedHeight(std::max(low ? 56 : 80, layout()->minimumSize().height() + 8));
}

void PatronStrip::setFacts(const PatronFacts &facts)
{
    const QLocale locale;
    m_initials->setText(facts.initials);
    m_name->setText(facts.name);
    m_type->setTag(facts.type);
    m_type->setVisible(!facts.type.isEmpty());
    m_cardLine->setText(facts.cardLine);
    m_blocked->setTag(facts.blocked, Status::Refused);
    m_blocked->setVisible(!facts.blocked.isEmpty());
    const QString pattern = !facts.loansComplete ? tr("%1 or more")
                            : facts.lastKnown    ? tr("%1, last known")
                                                 : u"%1"_s;
    m_onLoan->setText(pattern.arg(locale.toString(facts.onLoan)));
    m_limit->setText(facts.limit >= 0 ? tr("of %1").arg(locale.toString(facts.limit)) : QString());
    m_limit->setVisible(facts.limit >= 0);
    m_onLoanFact->setToolTip(facts.loansComplete
                                 ? QString()
                                 : tr("Some databases do not answer. Loans kept there are not counted."));
    m_overdue->setText(pattern.arg(locale.toString(facts.overdue)));
    m_overdue->setStatus(facts.overdue > 0 ? Status::Overdue : Status::None);
    m_overdueIcon->setVisible(facts.overdue > 0);
    m_onLoanFact->setAccessibleName(tr("On loan: %1 %2").arg(m_onLoan->text(), m_limit->text()).trimmed());
    m_overdueFact->setAccessibleName(tr("Overdue: %1").arg(m_overdue->text()));
    setAccessibleName(tr("Patron %1").arg(facts.name));
    setAccessibleDescription(QStringList{facts.type, facts.blocked, facts.cardLine}.join(u", "_s));
    setLow(m_low);
}

void PatronStrip::showSecondWords(bool shown)
{
    // With little room the number alone stays; the limit is still told by the rows that it refuses.
    m_limit->setVisible(shown && !m_limit->text().isEmpty());
}

void PatronStrip::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    showSecondWords(width() >= 700);
}

void PatronStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().surface);
    paintHairline(&painter, rect(), Qt::BottomEdge, colors().border);
}

} // namespace Branchline
