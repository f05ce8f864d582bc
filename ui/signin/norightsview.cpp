// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/norightsview.h"

#include "ui/widgets/button.h"
#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int columnWidth = 560;
} // namespace

NoRightsView::NoRightsView(QWidget *parent)
    : CoverPage(tr("You have no right in this library yet"), columnWidth, parent)
    , m_what(new TextLabel(TextRole::Body))
    , m_command(new TextLabel(TextRole::Body, false, true))
    , m_signOut(new Button({}, tr("Sign out")))
{
    auto *again = new TextLabel(TextRole::Body);
    again->setText(tr("Branchline looks again by itself, and opens as soon as you have a right."));
    for (TextLabel *text : {m_what, m_command, again}) {
        text->setWordWrap(true);
        column()->addWidget(text);
    }
    m_command->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *quit = new Button({}, tr("Quit"), u"Ctrl+Q"_s);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch();
    buttons->addWidget(m_signOut);
    buttons->addWidget(quit);
    column()->addSpacing(8);
    column()->addLayout(buttons);
    setFocusProxy(quit);
    connect(m_signOut, &Button::clicked, this, &NoRightsView::signOutRequested);
    connect(quit, &Button::clicked, this, &NoRightsView::quitRequested);
    setLogin({});
    setMaySignOut(false);
}

void NoRightsView::setLogin(const QString &login)
{
    setSubtitle(login.isEmpty() ? QString() : tr("You are signed in as %1.").arg(login));
    m_what->setText(tr("Ask an administrator of the library to assign you what you need for your work: for "
                       "example the right “desk” at your branch, to lend and take back."));
    m_command->setText(
        login.isEmpty()
            ? QString()
            : tr("The administrator does it with: branchlinectl staff assign %1 desk --branch CODE")
                  .arg(login));
    m_command->setVisible(!login.isEmpty());
}

void NoRightsView::setMaySignOut(bool may)
{
    m_signOut->setVisible(may);
}

} // namespace Branchline
