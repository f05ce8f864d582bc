// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/recordhead.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

// A decoration for those who see, so it has no accessible name.
class Portrait final : public QLabel
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
        painter.setFont(font());
        painter.setPen(colors().muted);
        painter.drawText(rect(), Qt::AlignCenter, text());
    }
};

} // namespace

RecordHead::RecordHead(QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_initials(new Portrait)
    , m_name(new TextLine(TextRole::PatronName, true))
    , m_type(new TagLabel)
    , m_state(new TagLabel)
    , m_cardLine(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_onLoan(new TextLine(TextRole::Subhead, true))
    , m_overdueIcon(new IconLabel(18))
    , m_overdue(new TextLine(TextRole::Subhead, true))
    , m_back(new Button(u"back"_s, QString()))
    , m_edit(new Button(u"edit"_s, tr("Edit"), u"Ctrl+E"_s))
    , m_lend(new Button(QString(), tr("Lend to this patron"), u"F1"_s))
{
    m_back->setKind(Button::Kind::Flat);
    m_back->setAccessibleName(tr("Back to the list of patrons"));
    m_back->setToolTip(tr("Back to the list of patrons (Esc)"));
    m_lend->setKind(Button::Kind::Primary);
    connect(m_back, &QAbstractButton::clicked, this, &RecordHead::backRequested);
    connect(m_edit, &QAbstractButton::clicked, this, &RecordHead::editRequested);
    connect(m_lend, &QAbstractButton::clicked, this, &RecordHead::lendRequested);
    for (TextLine *line : {m_onLoan, m_overdue})
        line->setElided(false);
    m_overdueIcon->setIcon(u"overdue"_s, IconLabel::Tint::Status, Status::Overdue);

    auto *nameLine = new QHBoxLayout;
    nameLine->setSpacing(8);
    nameLine->addWidget(m_name);
    nameLine->addWidget(m_type, 0, Qt::AlignVCenter);
    nameLine->addWidget(m_state, 0, Qt::AlignVCenter);
    nameLine->addStretch(1);
    auto *who = new QVBoxLayout;
    who->setSpacing(0);
    who->addStretch();
    who->addLayout(nameLine);
    who->addWidget(m_cardLine);
    who->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(12, 0, 16, 1);
    row->setSpacing(16);
    row->addWidget(m_back);
    row->addWidget(m_initials);
    row->addLayout(who, 1);
    row->addWidget(makeFact(tr("On loan"), {m_onLoan}));
    row->addWidget(makeFact(tr("Overdue"), {m_overdueIcon, m_overdue}));
    row->addWidget(m_edit);
    row->addWidget(m_lend);
    setRefusals({});
    setNarrow(false);
}

void RecordHead::setRefusals(const PatronRefusals &refusals)
{
    const auto show = [](Button *button, const QString &refusal, const QString &tip) {
        button->setEnabled(refusal.isEmpty());
        button->setToolTip(refusal.isEmpty() ? tip : refusal);
    };
    show(m_edit, refusals.editing, tr("Change name, cards and contact of this patron (Ctrl+E)."));
    show(m_lend, refusals.lending, tr("Go to the desk and lend to this patron (F1)."));
}

QWidget *RecordHead::makeFact(const QString &label, const QList<QWidget *> &values)
{
    auto *fact = new Panel(Ground::Surface, StartEdge);
    auto *caption = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    caption->setElided(false);
    caption->setText(label);
    auto *line = new QHBoxLayout;
    line->setSpacing(4);
    line->addStrut(22); // the same with and without an icon
    for (QWidget *value : values)
        line->addWidget(value, 0, Qt::AlignVCenter);
    line->addStretch();
    auto *box = new QVBoxLayout(fact);
    box->setContentsMargins(16, 4, 4, 4);
    box->setSpacing(0);
    box->addStretch();
    box->addWidget(caption);
    box->addLayout(line);
    box->addStretch();
    fact->setFixedHeight(fact->sizeHint().height() + 8);
    return fact;
}

void RecordHead::setFacts(const RecordFacts &facts)
{
    const QLocale locale;
    m_initials->setText(facts.initials);
    m_name->setText(facts.name);
    m_type->setTag(facts.type);
    m_type->setVisible(!facts.type.isEmpty());
    m_state->setTag(facts.state, static_cast<Status>(facts.stateKind));
    m_state->setVisible(!facts.state.isEmpty());
    m_cardLine->setText(facts.cardLine);
    const QString orMore = facts.loansComplete ? u"%1"_s : tr("%1 or more");
    m_onLoan->setText(facts.loansKnown ? orMore.arg(locale.toString(facts.onLoan)) : u"…"_s);
    m_overdue->setText(facts.loansKnown ? orMore.arg(locale.toString(facts.overdue)) : u"…"_s);
    m_overdue->setStatus(facts.overdue > 0 ? Status::Overdue : Status::None);
    m_overdue->setTone(facts.overdue > 0 ? TextLine::Tone::Status : TextLine::Tone::Text);
    m_overdueIcon->setVisible(facts.overdue > 0);
    m_onLoan->setAccessibleName(tr("On loan: %1").arg(m_onLoan->text()));
    m_overdue->setAccessibleName(tr("Overdue: %1").arg(m_overdue->text()));
    setAccessibleName(tr("Patron %1").arg(facts.name));
    setAccessibleDescription(QStringList{facts.type, facts.state, facts.cardLine}.join(u", "_s));
}

void RecordHead::setNarrow(bool narrow)
{
    const int extent = narrow ? 40 : 56;
    m_initials->setFixedSize(extent, extent);
    m_initials->setFont(textFont(narrow ? TextRole::Body : TextRole::Title, true));
    m_name->setRole(narrow ? TextRole::Title : TextRole::PatronName, true);
    m_edit->setIconOnly(narrow);
    m_lend->setIconName(narrow ? u"lent"_s : QString());
    m_lend->setIconOnly(narrow);
    setFixedHeight(std::max(narrow ? 64 : 84, layout()->minimumSize().height() + 8));
}

} // namespace Branchline
