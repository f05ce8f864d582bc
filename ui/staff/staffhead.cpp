// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffhead.h"

#include "ui/widgets/button.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

// A decoration for those who see, so it has no accessible name.
class Initials final : public QLabel
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

StaffHead::StaffHead(QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_initials(new Initials)
    , m_name(new TextLine(TextRole::PatronName, true))
    , m_group(new TagLabel)
    , m_state(new TagLabel)
    , m_line(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_back(new Button(u"back"_s, {}))
    , m_login(new Button(u"key"_s, tr("Password and group"), u"Ctrl+E"_s))
    , m_disable(new Button(u"lock"_s, tr("Disable"), u"Alt+D"_s))
    , m_return(new Button({}, tr("Let in again"), u"Alt+I"_s))
{
    m_back->setKind(Button::Kind::Flat);
    m_back->setAccessibleName(tr("Back to the list of the staff"));
    m_back->setToolTip(tr("Back to the list of the staff (Esc)"));
    m_disable->setKind(Button::Kind::Danger);
    m_return->setKind(Button::Kind::Primary);
    connect(m_back, &QAbstractButton::clicked, this, &StaffHead::backRequested);
    connect(m_login, &QAbstractButton::clicked, this, &StaffHead::loginRequested);
    connect(m_disable, &QAbstractButton::clicked, this, &StaffHead::disableRequested);
    connect(m_return, &QAbstractButton::clicked, this, &StaffHead::returnRequested);
    auto *nameLine = new QHBoxLayout;
    nameLine->setSpacing(8);
    nameLine->addWidget(m_name);
    nameLine->addWidget(m_group, 0, Qt::AlignVCenter);
    nameLine->addWidget(m_state, 0, Qt::AlignVCenter);
    nameLine->addStretch(1);
    auto *who = new QVBoxLayout;
    who->setSpacing(0);
    who->addStretch();
    who->addLayout(nameLine);
    who->addWidget(m_line);
    who->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 1);
    row->setSpacing(12);
    row->addWidget(m_back);
    row->addWidget(m_initials);
    row->addLayout(who, 1);
    row->addWidget(m_login);
    row->addWidget(m_disable);
    row->addWidget(m_return);
    setBackShown(false);
    setNarrow(false);
}

void StaffHead::setBackShown(bool shown)
{
    m_back->setVisible(shown);
}

void StaffHead::setMay(Button *button, bool may, const QString &tip, const QString &whyNot)
{
    button->setEnabled(may);
    button->setToolTip(may ? tip : whyNot);
}

void StaffHead::setFacts(const StaffFacts &facts, bool busy)
{
    m_initials->setText(facts.initials);
    m_name->setText(facts.name);
    m_group->setTag(facts.groupName);
    m_group->setVisible(!facts.groupName.isEmpty());
    m_state->setTag(facts.state, static_cast<Status>(facts.stateKind));
    m_state->setVisible(!facts.isActive || !facts.open.isEmpty());
    m_line->setText(facts.line);
    const QString wait = tr("The servers are being asked. This waits until they have answered.");
    const QString whyNot = busy ? wait : facts.whyNot;
    const bool may = facts.mayManage && !busy;
    m_login->setVisible(facts.isActive);
    m_login->setText(facts.isMe ? tr("Change my password") : tr("Password and group"));
    const bool isHalf = facts.isHalfDisabled();
    m_disable->setVisible((facts.isActive || isHalf) && !facts.isMe);
    m_disable->setText(isHalf ? tr("Disable once more") : tr("Disable"));
    m_return->setVisible(!facts.isActive);
    setMay(m_login, may || (facts.isMe && !busy),
           facts.isMe ? tr("Choose a new password, on every server (Ctrl+E).")
                      : tr("Set a new password, or another group, on every server (Ctrl+E)."),
           whyNot);
    setMay(m_disable, may,
           isHalf ? tr("%1 This ends the login and its sessions there (Alt+D).").arg(facts.open.join(u' '))
                  : tr("Take every right away and end every session, on every server (Alt+D)."),
           whyNot);
    setMay(m_return, may, tr("Let this login in again, with a new password and no rights (Alt+I)."), whyNot);
    setAccessibleName(tr("Member of staff %1").arg(facts.name));
    setAccessibleDescription(QStringList{facts.groupName, facts.state, facts.line}.join(u", "_s));
}

void StaffHead::setNarrow(bool narrow)
{
    const int extent = narrow ? 40 : 56;
    m_initials->setFixedSize(extent, extent);
    m_initials->setFont(textFont(narrow ? TextRole::Body : TextRole::Title, true));
    m_name->setRole(narrow ? TextRole::Title : TextRole::PatronName, true);
    for (Button *button : {m_login, m_disable})
        button->setIconOnly(narrow);
    setFixedHeight(std::max(narrow ? 64 : 84, layout()->minimumSize().height() + 8));
}

} // namespace Branchline
