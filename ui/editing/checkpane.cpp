// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/checkpane.h"

#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QGridLayout>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

void empty(QLayout *layout)
{
    while (QLayoutItem *item = layout->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
}

} // namespace

bool operator==(const CheckPane::Line &a, const CheckPane::Line &b)
{
    return a.icon == b.icon && a.status == b.status && a.strong == b.strong && a.text == b.text &&
           a.link == b.link && a.linkId == b.linkId;
}

CheckPane::CheckPane(QWidget *parent)
    : Branchline::Panel(Ground::Surface, StartEdge, parent)
    , m_lines(new QVBoxLayout)
    , m_facts(new QGridLayout)
{
    setAccessibleName(tr("Before you save"));
    auto *head = new TextLabel(TextRole::Subhead, true, false, this);
    head->setText(tr("Before you save"));
    auto *line = new Branchline::Panel(Ground::Surface, BottomEdge, this);
    line->setFixedHeight(1);
    m_lines->setSpacing(8);
    m_facts->setHorizontalSpacing(16);
    m_facts->setVerticalSpacing(6);
    m_facts->setColumnStretch(1, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(10);
    column->addWidget(head);
    column->addLayout(m_lines);
    column->addSpacing(2);
    column->addWidget(line);
    column->addSpacing(2);
    column->addLayout(m_facts);
    column->addStretch(1);
}

void CheckPane::setLines(const QList<Line> &lines)
{
    if (m_shown == lines)
        return;
    m_shown = lines;
    empty(m_lines);
    for (const Line &entry : lines) {
        auto *row = new QWidget(this);
        auto *layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(8);
        auto *icon = new IconLabel(18, row);
        icon->setIcon(entry.icon,
                      entry.status == Status::None ? IconLabel::Tint::Muted : IconLabel::Tint::Status,
                      entry.status);
        auto *words = new QLabel(row);
        words->setTextFormat(Qt::RichText);
        words->setWordWrap(true);
        QString html = entry.text.toHtmlEscaped();
        if (!entry.strong.isEmpty())
            html.prepend(u"<span style=\"font-weight:600\">%1</span> "_s.arg(entry.strong.toHtmlEscaped()));
        if (!entry.link.isEmpty())
            html += u"<br><a href=\"%1\" style=\"font-weight:600; text-decoration:none\">%2</a>"_s.arg(
                entry.linkId.toHtmlEscaped(), entry.link.toHtmlEscaped());
        words->setText(html);
        words->setAccessibleName(QStringList{entry.strong, entry.text, entry.link}.join(u' ').trimmed());
        words->setTextInteractionFlags(entry.link.isEmpty()
                                           ? Qt::NoTextInteraction
                                           : Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
        connect(words, &QLabel::linkActivated, this, &CheckPane::linkActivated);
        layout->addWidget(icon, 0, Qt::AlignTop);
        layout->addWidget(words, 1);
        m_lines->addWidget(row);
    }
}

void CheckPane::setFacts(const QList<std::pair<QString, QString>> &facts)
{
    if (m_shownFacts == facts)
        return;
    m_shownFacts = facts;
    empty(m_facts);
    int row = 0;
    for (const auto &[term, value] : facts) {
        auto *name = new TextLabel(TextRole::Body, false, true, this);
        name->setText(term);
        auto *text = new TextLabel(TextRole::Body, false, false, this);
        text->setText(value);
        text->setWordWrap(true);
        m_facts->addWidget(name, row, 0, Qt::AlignTop);
        m_facts->addWidget(text, row, 1);
        ++row;
    }
}

} // namespace Branchline
