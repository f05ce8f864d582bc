// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/fieldrow.h"

#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/textlabel.h"

#include <QAction>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr auto markName = "mistake";

QLabel *newLabel(const QString &text, QWidget *field)
{
    auto *label = new TextLabel(TextRole::Body, false, true);
    label->setText(text);
    label->setBuddy(field);
    if (field->accessibleName().isEmpty())
        field->setAccessibleName(text);
    return label;
}

} // namespace

int FieldRow::labelWidth()
{
    return std::max(84, QFontMetrics(textFont(TextRole::Body)).horizontalAdvance(u"Beschreibung"_s));
}

FieldRow::FieldRow(const QString &label, QWidget *field, int stretch, QWidget *parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
    , m_fieldsRow(new QHBoxLayout)
    , m_fix(new Button({}, {}, tr("Alt+U"), this))
    , m_remark(new TextLabel(TextRole::Body, false, true, this))
    , m_problem(new QWidget(this))
    , m_sentence(new QLabel(m_problem))
{
    makeParts();
    QLabel *name = newLabel(label, field);
    name->setMinimumHeight(field->sizeHint().height() > 48 ? 32 : field->sizeHint().height());
    name->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    m_grid->addWidget(name, 0, 0, Qt::AlignTrailing | Qt::AlignTop);
    m_fieldsRow->insertWidget(0, field, stretch);
    if (stretch == 0)
        m_fieldsRow->insertStretch(m_fieldsRow->indexOf(m_remark), 1);
    m_fields.append({field, {}, {}});
}

FieldRow::FieldRow(QWidget *outside, QWidget *parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
    , m_fieldsRow(new QHBoxLayout)
    , m_fix(new Button({}, {}, tr("Alt+U"), this))
    , m_remark(new TextLabel(TextRole::Body, false, true, this))
    , m_problem(new QWidget(this))
    , m_sentence(new QLabel(m_problem))
    , m_isOutside(true)
{
    makeParts();
    m_fields.append({outside, {}, {}});
    hide();
}

void FieldRow::makeParts()
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(4);
    m_grid->setColumnMinimumWidth(0, labelWidth());
    m_grid->setColumnStretch(1, 1);
    m_grid->addLayout(m_fieldsRow, 0, 1);
    m_fieldsRow->setSpacing(8);
    m_fix->setIconOnly(false);
    m_fix->hide();
    m_fix->setFocusPolicy(Qt::TabFocus);
    connect(m_fix, &Button::clicked, this, [this] { Q_EMIT fixRequested(m_fixTarget); });
    m_remark->hide();
    m_remark->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    m_fieldsRow->addWidget(m_fix);
    m_fieldsRow->addWidget(m_remark);

    auto *line = new QHBoxLayout(m_problem);
    line->setContentsMargins(0, 0, 0, 2);
    line->setSpacing(6);
    auto *icon = new IconLabel(16, m_problem);
    icon->setIcon(u"refused"_s, IconLabel::Tint::Status, Status::Refused);
    m_sentence->setWordWrap(true);
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setForegroundRole(QPalette::BrightText);
    line->addWidget(icon, 0, Qt::AlignTop);
    line->addWidget(m_sentence, 1);
    m_grid->addWidget(m_problem, 1, 1);
    m_problem->hide();
}

void FieldRow::addField(const QString &label, QWidget *field, int stretch)
{
    const int at = m_fieldsRow->indexOf(m_fix);
    QLabel *name = newLabel(label, field);
    m_fieldsRow->insertSpacing(at, 8);
    m_fieldsRow->insertWidget(at + 1, name);
    m_fieldsRow->insertWidget(at + 2, field, stretch);
    m_fields.append({field, {}, {}});
}

void FieldRow::addExtra(QWidget *widget)
{
    m_fieldsRow->insertWidget(m_fieldsRow->indexOf(m_fix), widget);
}

void FieldRow::setRemark(const QString &text)
{
    m_remarkText = text;
    m_remark->setText(text);
    fitRemark();
}

void FieldRow::fitRemark()
{
    const bool fits = width() > 560 || m_fix->isHidden();
    m_remark->setVisible(!m_remarkText.isEmpty() && fits);
}

void FieldRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitRemark();
}

void FieldRow::setProblem(QWidget *field, const QString &sentence, const QString &fixText)
{
    for (Field &entry : m_fields) {
        if (entry.widget != field || (entry.sentence == sentence && entry.fixText == fixText))
            continue;
        entry.sentence = sentence;
        entry.fixText = fixText;
        mark(field, sentence);
    }
    showProblems();
}

QString FieldRow::problem(const QWidget *field) const
{
    for (const Field &entry : m_fields) {
        if (entry.widget == field)
            return entry.sentence;
    }
    return {};
}

void FieldRow::showProblems()
{
    QStringList sentences;
    QString fixText;
    m_fixTarget = nullptr;
    for (const Field &entry : std::as_const(m_fields)) {
        if (entry.sentence.isEmpty())
            continue;
        sentences << entry.sentence;
        if (!m_fixTarget && !entry.fixText.isEmpty()) {
            m_fixTarget = entry.widget;
            fixText = entry.fixText;
        }
    }
    m_sentence->setText(sentences.join(u'\n'));
    m_problem->setVisible(!sentences.isEmpty());
    if (m_isOutside)
        setVisible(!sentences.isEmpty());
    m_fix->setText(fixText);
    m_fix->setVisible(m_fixTarget);
    fitRemark();
}

/// The outline, the sign in the field, and the words for a screen reader.
void FieldRow::mark(QWidget *field, const QString &sentence)
{
    const bool wrong = !sentence.isEmpty();
    field->setProperty("invalid", wrong);
    field->setAccessibleDescription(sentence);
    if (auto *edit = qobject_cast<QLineEdit *>(field)) {
        auto *sign = edit->findChild<QAction *>(QLatin1StringView(markName), Qt::FindDirectChildrenOnly);
        if (wrong && !sign) {
            sign = new QAction(edit);
            sign->setObjectName(QLatin1StringView(markName));
            edit->addAction(sign, QLineEdit::TrailingPosition);
        }
        if (sign) {
            sign->setIcon(icon(u"refused"_s, colors().status(Status::Refused)));
            sign->setToolTip(sentence);
            sign->setVisible(wrong);
        }
    }
    field->update();
}

} // namespace Branchline
