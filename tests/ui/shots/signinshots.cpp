// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"
#include "ui/signin/firstrunview.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

void takeFirstRun(Stage &stage)
{
    auto *first = new FirstRunView;
    first->setRemark(
        u"PostgreSQL 15 was found on this computer. Data will be kept in your personal data folder "
        "(/home/anna/.local/share/branchline/library); only you can read it."_s);
    stage.window().cover(first);
    stage.settle();
    stage.take(u"first-run"_s);
    first->setProgress(u"Loading 4 183 copies and two years of loans …"_s);
    stage.settle();
    stage.take(u"first-run-progress"_s);
    first->setProgress({});
    first->messages()->showMessage(MessageBar::Kind::Info, u"Cancelled."_s,
                                   u"Nothing is left of what was begun; you can begin anew."_s);
    stage.settle();
    stage.take(u"first-run-cancelled"_s);
    first->messages()->clear();
    first->setChoice(FirstRunView::Choice::Server);
    first->setAddress(u"postgresql://library.example.org/books"_s);
    SecurityPolicy policy;
    policy.file = SecurityPolicy::defaultFile();
    policy.required.sslMode = u"verify-full"_s;
    policy.required.channelBinding = u"require"_s;
    first->protection()->setPolicy(policy);
    first->messages()->showMessage(
        MessageBar::Kind::Error,
        u"The certificate is for “shop.example.org”, not for “library.example.org”."_s,
        u"Nothing was sent. Write the server's name as in its certificate; if that is not your server, ask "
        u"the "
        "administrator."_s);
    first->setMayGoBack(true);
    stage.settle();
    stage.take(u"first-run-server"_s);
    stage.window().uncover(first);
}

void fill(SignInView *view)
{
    view->setServer(u"library.example.org, database books"_s);
    view->setPerson(u"anna"_s);
    view->setProtection(u"Encrypted (TLSv1.3), server verified, sign-in bound to the connection"_s, true);
}

} // namespace

/// Everything that covers the window, with a desk at work behind it.
void takeSignIn(Stage &stage)
{
    stage.open();
    takeFirstRun(stage);
    auto *view = new SignInView(SignInView::Kind::SignIn);
    fill(view);
    view->setKeychain(true, true);
    stage.window().cover(view);
    stage.settle();
    stage.take(u"sign-in"_s);
    view->messages()->showMessage(MessageBar::Kind::Error,
                                  u"The server does not accept this name and password."_s,
                                  u"Type the password again; check “anna” and the Caps Lock key."_s);
    view->setProtection(u"Not encrypted"_s, false);
    stage.settle();
    stage.take(u"sign-in-refused"_s);
    stage.window().uncover(view);

    auto *lock = new SignInView(SignInView::Kind::Lock);
    fill(lock);
    lock->setRemark(u"2 scans kept on this desk until answered"_s);
    stage.window().cover(lock);
    stage.settle();
    stage.take(u"lock"_s);
    stage.window().uncover(lock);
}

} // namespace Branchline
