// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/recordside.h"

#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/textline.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

TextLabel *paragraph(const QString &text, bool muted)
{
    auto *label = new TextLabel(TextRole::Body, false, muted);
    label->setWordWrap(true);
    label->setText(text);
    return label;
}

QStringList everything(const RecordFacts &facts)
{
    QStringList all;
    for (const BlockFacts &block : facts.blocks)
        all << block.id << block.title << block.reason << block.setLine;
    for (const auto &[label, value] : facts.contact)
        all << label << value;
    return all << facts.contactRemark;
}

} // namespace

RecordSide::RecordSide(QWidget *parent)
    : Panel(Ground::Surface, StartEdge, parent)
    , m_column(new QVBoxLayout(this))
{
    setAccessibleName(tr("About the patron"));
    m_column->setContentsMargins(1, 0, 0, 0);
    m_column->setSpacing(0);
}

void RecordSide::setRefusal(const QString &why)
{
    m_refusal = why;
    const auto buttons = findChildren<Button *>();
    for (Button *end : buttons)
        showRefusal(end);
}

void RecordSide::showRefusal(Button *end) const
{
    end->setEnabled(m_refusal.isEmpty());
    end->setToolTip(m_refusal.isEmpty() ? tr("The patron may borrow again at once.") : m_refusal);
}

void RecordSide::setFacts(const RecordFacts &facts)
{
    const QStringList shown = everything(facts);
    if (shown == m_shown && m_column->count() > 0)
        return;
    m_shown = shown;
    while (QLayoutItem *item = m_column->takeAt(0)) {
        if (item->widget() != nullptr) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    for (const BlockFacts &block : facts.blocks)
        m_column->addWidget(makeBlock(block));
    m_column->addWidget(makeContact(facts));
    m_column->addStretch(1);
}

QWidget *RecordSide::makeBlock(const BlockFacts &block)
{
    auto *section = new Panel(Ground::Surface, BottomEdge);
    auto *icon = new IconLabel(18);
    icon->setIcon(u"refused"_s, IconLabel::Tint::Status, Status::Refused);
    auto *title = new TextLine(TextRole::Body, true, TextLine::Tone::Status);
    title->setStatus(Status::Refused);
    title->setText(block.title);
    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(icon);
    head->addWidget(title, 1);
    auto *end = new Button(QString(), tr("End the block"));
    end->setSmall(true);
    end->setAccessibleDescription(block.title);
    showRefusal(end);
    connect(end, &QAbstractButton::clicked, this, [this, id = block.id] { Q_EMIT endBlockRequested(id); });
    auto *box = new QVBoxLayout(section);
    box->setContentsMargins(16, 14, 16, 14);
    box->setSpacing(4);
    box->addLayout(head);
    box->addWidget(paragraph(block.reason, false));
    if (!block.setLine.isEmpty())
        box->addWidget(paragraph(block.setLine, true));
    box->addSpacing(6);
    box->addWidget(end, 0, Qt::AlignLeading);
    return section;
}

QWidget *RecordSide::makeContact(const RecordFacts &facts)
{
    auto *section = new QWidget;
    auto *grid = new QGridLayout(section);
    grid->setContentsMargins(16, 14, 16, 14);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(5);
    grid->setColumnMinimumWidth(0, 72);
    grid->setColumnStretch(1, 1);
    int row = 0;
    for (const auto &[label, value] : facts.contact) {
        TextLabel *caption = paragraph(label, true);
        TextLabel *text = paragraph(value, false);
        text->setAccessibleName(tr("%1: %2").arg(label, value));
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(caption, row, 0, Qt::AlignTop);
        grid->addWidget(text, row++, 1, Qt::AlignTop);
    }
    if (!facts.contactRemark.isEmpty())
        grid->addWidget(paragraph(facts.contactRemark, true), row, 0, 1, 2);
    else if (facts.contact.isEmpty())
        grid->addWidget(paragraph(tr("No phone, e-mail or address is known."), true), 0, 0, 1, 2);
    return section;
}

} // namespace Branchline
