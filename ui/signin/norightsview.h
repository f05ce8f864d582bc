// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/signin/coverpage.h"

namespace Branchline {

class Button;

/// What somebody sees who is signed in and has no right at all: that this is so, and what to do about it. It
/// knows nothing of databases; whoever shows it takes it away when a right has come.
class NoRightsView final : public CoverPage
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NoRightsView)

public:
    explicit NoRightsView(QWidget *parent = nullptr);

    /// The login, which whoever assigns rights needs to know; empty: not known.
    void setLogin(const QString &login);
    /// Whether somebody else can sign in here.
    void setMaySignOut(bool may);

Q_SIGNALS:
    void signOutRequested();
    void quitRequested();

private:
    TextLabel *m_what;
    TextLabel *m_command;
    Button *m_signOut;
};

} // namespace Branchline
