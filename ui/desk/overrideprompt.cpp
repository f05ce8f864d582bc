// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/overrideprompt.h"

#include "ui/desk/reasonfield.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textline.h"
#include "ui/widgets/theme.h"

#include <QAccessible>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int fewestLetters = 3;
constexpr int mostLetters = 500; ///< as the loan takes it
constexpr int margin = 16;

/// A line above a part of the prompt.
class Row final : public QWidget
{
protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter(this).fillRect(QRect(1, 0, width() - 2, 1), colors().border);
    }
};

} // namespace

OverridePrompt::OverridePrompt(QLineEdit *scanBox, QWidget *parent)
    : QFrame(parent)
    , m_scanBox(scanBox)
    , m_lines(new QVBoxLayout)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(1, 1, 1, 12);
    column->setSpacing(0);
    m_lines->setSpacing(0);
    m_head = makeHead();
    column->addWidget(m_head);
    column->addLayout(m_lines);
    m_reasonRow = makeReason();
    column->addWidget(m_reasonRow);
    column->addWidget(makeButtons());
    setFocusProxy(m_decline);
    connect(new QShortcut(QKeySequence(Qt::ALT | Qt::Key_O), this), &QShortcut::activated, this,
            &OverridePrompt::submit);
}

QWidget *OverridePrompt::makeHead()
{
    auto *head = new QWidget;
    auto *icon = new IconLabel(24);
    icon->setIcon(u"refused"_s, IconLabel::Tint::Status, Status::Refused);
    m_heading = new TextLine(TextRole::Subhead, true);
    m_subline = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_heading);
    words->addWidget(m_subline);
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(margin, 10, margin, 10);
    row->setSpacing(12);
    row->addWidget(icon);
    row->addLayout(words, 1);
    return head;
}

QWidget *OverridePrompt::makeReason()
{
    auto *line = new Row;
    auto *label = new TextLine(TextRole::Body, true);
    label->setElided(false);
    label->setText(tr("Reason"));
    m_reason = new ReasonField;
    m_reason->setMaxLength(mostLetters);
    m_reason->setAccessibleName(tr("Reason for overriding"));
    label->setBuddy(m_reason);
    auto *kept = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    kept->setElided(false);
    kept->setText(tr("kept with the loan and your name"));
    connect(m_reason, &QLineEdit::textChanged, this, &OverridePrompt::showWhyNot);
    connect(m_reason, &ReasonField::scanned, this, &OverridePrompt::scanned);
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(margin, 10, margin, 4);
    row->setSpacing(12);
    row->addWidget(label);
    row->addWidget(m_reason, 1);
    row->addWidget(kept);
    return line;
}

QWidget *OverridePrompt::makeButtons()
{
    auto *line = new QWidget;
    m_whyNotIcon = new IconLabel(18);
    m_whyNot = new TextLine(TextRole::Body, false, TextLine::Tone::Status);
    m_override = new Button({}, tr("Override and lend"), u"Alt+O"_s);
    m_decline = new Button({}, tr("Do not lend"), u"Esc"_s);
    m_decline->setKind(Button::Kind::Primary);
    for (Button *button : {m_override, m_decline}) {
        button->setAutoDefault(false); // a scanner's Enter presses nothing
        listenIn(button);
    }
    connect(m_override, &QAbstractButton::clicked, this, &OverridePrompt::submit);
    connect(m_decline, &QAbstractButton::clicked, this, &OverridePrompt::declined);
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(margin, 8, margin, 0);
    row->setSpacing(8);
    row->addWidget(m_whyNotIcon);
    row->addWidget(m_whyNot, 1);
    row->addWidget(m_override);
    row->addWidget(m_decline);
    return line;
}

QWidget *OverridePrompt::makeLine(const OverrideLine &line)
{
    auto *widget = new Row;
    auto *tick = new QCheckBox;
    tick->setAccessibleName(tr("Override: %1").arg(line.title));
    tick->setAccessibleDescription(line.explanation);
    tick->setEnabled(line.refusal.isEmpty());
    tick->setToolTip(line.refusal);
    connect(tick, &QCheckBox::toggled, this, &OverridePrompt::showWhyNot);
    listenIn(tick);
    m_ticks.append(tick);
    auto *title = new TextLine(TextRole::Body, true);
    title->setText(line.title);
    auto *explanation = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    explanation->setText(line.explanation);
    auto *rule = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    rule->setElided(false);
    rule->setText(line.rule);
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(title);
    words->addWidget(explanation);
    auto *row = new QHBoxLayout(widget);
    row->setContentsMargins(margin - 5, 8, margin, 8); // around the box is room for its ring
    row->setSpacing(8);
    row->addWidget(tick);
    row->addLayout(words, 1);
    row->addWidget(rule);
    return widget;
}

void OverridePrompt::setQuestion(const OverrideQuestion &question)
{
    QStringList ticked;
    const auto hasFocus = [](const QCheckBox *tick) { return tick->hasFocus(); };
    const auto focused = std::find_if(m_ticks.cbegin(), m_ticks.cend(), hasFocus) - m_ticks.cbegin();
    const bool isOnTick = focused < m_ticks.size();
    if (isOnTick)
        m_decline->setFocus(
            Qt::OtherFocusReason); // a line that goes would give it to another part of the window
    const bool isSame = question.id == m_question.id;
    if (isSame) {
        for (qsizetype i = 0; i < m_ticks.size(); ++i) {
            if (m_ticks.at(i)->isChecked())
                ticked << m_question.lines.at(i).code;
        }
    } else {
        m_reason->clear();
    }
    m_question = question;
    m_heading->setText(question.heading);
    m_subline->setText(question.subline);
    setAccessibleName(question.heading);
    m_ticks.clear();
    while (QLayoutItem *item = m_lines->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const OverrideLine &line : question.lines) {
        m_lines->addWidget(makeLine(line));
        m_ticks.last()->setChecked(ticked.contains(line.code) && line.refusal.isEmpty());
    }
    QList<QWidget *> order(m_ticks.begin(), m_ticks.end());
    order << m_reason << m_override << m_decline;
    for (qsizetype i = 1; i < order.size(); ++i)
        setTabOrder(order.at(i - 1), order.at(i));
    if (isSame && isOnTick && focused < m_ticks.size())
        m_ticks.at(focused)->setFocus(Qt::OtherFocusReason);
    showWhyNot();
}

QWidget *OverridePrompt::reasonField() const
{
    return m_reason;
}

QString OverridePrompt::whyNot() const
{
    for (const OverrideLine &line : m_question.lines) {
        if (!line.refusal.isEmpty())
            return line.refusal;
    }
    const bool isTicked =
        std::all_of(m_ticks.begin(), m_ticks.end(), [](const QCheckBox *tick) { return tick->isChecked(); });
    if (!isTicked)
        return m_ticks.size() == 1 ? tr("Tick what you override.") : tr("Tick every reason you override.");
    if (m_reason->text().trimmed().size() < fewestLetters)
        return tr("Write why, in three letters or more.");
    return {};
}

void OverridePrompt::showWhyNot()
{
    const QString why = whyNot();
    const bool isForbidden = std::any_of(m_question.lines.begin(), m_question.lines.end(),
                                         [](const OverrideLine &line) { return !line.refusal.isEmpty(); });
    m_whyNot->setText(why);
    if (isForbidden && m_reason->hasFocus())
        m_decline->setFocus(Qt::OtherFocusReason);
    m_reasonRow->setEnabled(!isForbidden);
    m_reasonRow->setToolTip(isForbidden ? why : QString());
    m_whyNot->setStatus(isForbidden ? Status::Refused : Status::None);
    m_whyNot->setTone(isForbidden ? TextLine::Tone::Status : TextLine::Tone::Muted);
    m_whyNotIcon->setIcon(u"info"_s, isForbidden ? IconLabel::Tint::Status : IconLabel::Tint::Muted,
                          Status::Refused);
    m_whyNotIcon->setVisible(!why.isEmpty());
    m_override->setEnabled(why.isEmpty());
    m_override->setToolTip(why);
}

void OverridePrompt::submit()
{
    if (!isVisible() || !whyNot().isEmpty())
        return;
    QStringList codes;
    for (const OverrideLine &line : std::as_const(m_question.lines))
        codes << line.code;
    Q_EMIT overrideRequested(codes, m_reason->text().trimmed());
}

void OverridePrompt::paintEvent(QPaintEvent *)
{
    const ThemeColors &c = colors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath whole;
    whole.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    painter.fillPath(whole, c.surface);
    painter.save();
    painter.setClipRect(QRect(0, 0, width(), m_head->geometry().bottom() + 1));
    painter.fillPath(whole, c.soft(Status::Refused));
    painter.restore();
    painter.setPen(QPen(c.status(Status::Refused), 1));
    painter.drawPath(whole);
}

} // namespace Branchline
