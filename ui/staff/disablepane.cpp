// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/disablepane.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QShortcut>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

DisablePane::DisablePane(QWidget *parent)
    : Panel(Ground::Surface, NoEdge, parent)
    , m_title(new TextLabel(TextRole::Subhead, true))
    , m_sentence(new TextLabel)
    , m_keep(new Button({}, tr("Keep the login"), u"Esc"_s))
    , m_disable(new Button(u"lock"_s, tr("Disable everywhere"), u"Alt+E"_s))
{
    m_disable->setKind(Button::Kind::Danger);
    for (Button *button : {m_keep, m_disable})
        button->setAutoDefault(false);
    m_sentence->setWordWrap(true);
    connect(m_keep, &QAbstractButton::clicked, this, &DisablePane::keepRequested);
    connect(m_disable, &QAbstractButton::clicked, this, &DisablePane::disableRequested);
    connect(new QShortcut(QKeyCombination(Qt::ALT, Qt::Key_E), this, nullptr, nullptr, Qt::WindowShortcut),
            &QShortcut::activated, m_disable, &QAbstractButton::click);
    auto *icon = new IconLabel(20);
    icon->setIcon(u"warn"_s, IconLabel::Tint::Status, Status::Refused);
    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(icon);
    head->addWidget(m_title, 1);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch();
    buttons->addWidget(m_disable);
    buttons->addWidget(m_keep);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addLayout(head);
    column->addWidget(m_sentence);
    column->addLayout(buttons);
    setFocusProxy(m_keep);
}

void DisablePane::setFacts(const StaffFacts &facts)
{
    const QLocale locale;
    const QString rights = facts.rights == 0 ? tr("There are no rights to take away.")
                           : facts.rights == 1
                               ? tr("The 1 right is taken away.")
                               : tr("All %1 rights are taken away.").arg(locale.toString(facts.rights));
    const QString sessions =
        facts.sessions < 0    ? tr("Open sessions end on every server, in the middle of what they do.")
        : facts.sessions == 0 ? tr("Nobody is signed in with this login now.")
        : facts.sessions == 1 ? tr("The 1 open session ends, in the middle of what it does.")
                              : tr("The %1 open sessions end on every server, in the middle of what they do.")
                                    .arg(locale.toString(facts.sessions));
    m_title->setText(tr("Disable %1?").arg(facts.name));
    m_sentence->setText(
        QStringList{tr("No server lets %1 sign in any more.").arg(facts.login), rights, sessions,
                    tr("Loans and the history stay. Letting somebody in again gives a new password and no "
                       "rights.")}
            .join(u' '));
    setAccessibleName(m_title->text());
    setAccessibleDescription(m_sentence->text());
    m_keep->setAccessibleDescription(m_sentence->text());
}

void DisablePane::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintRing(&painter, rect(), 8, colors().status(Status::Refused));
}

} // namespace Branchline
