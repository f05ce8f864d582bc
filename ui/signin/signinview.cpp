// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/signinview.h"

#include "ui/signin/scanguard.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/textlabel.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QShortcut>
#include <QTime>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int columnWidth = 560;
} // namespace

SignInView::SignInView(Kind kind, QWidget *parent)
    : CoverPage(kind == Kind::Lock ? tr("The window is locked") : tr("Sign in to Branchline"), columnWidth,
                parent)
    , m_kind(kind)
    , m_messages(new MessageBar)
    , m_serverIcon(new IconLabel(20))
    , m_server(new TextLabel(TextRole::Body))
    , m_person(new QLineEdit)
    , m_password(new QLineEdit)
    , m_keep(new QCheckBox(tr("Keep the password in this computer’s keychain")))
    , m_protectionIcon(new IconLabel(18))
    , m_protection(new TextLabel(TextRole::Body, false, true))
    , m_other(new Button({}, kind == Kind::Lock ? tr("Sign in as somebody else") : tr("Another server"),
                         u"Alt+A"_s))
    , m_go(new Button({}, kind == Kind::Lock ? tr("Unlock") : tr("Sign in"), u"Enter"_s))
    , m_remark(new TextLabel(TextRole::Body, false, true))
{
    setSubtitle(kind == Kind::Lock ? tr("Your work is kept. Type your password to go on with it.")
                                   : tr("With the name that you have at the library’s server."));
    column()->addWidget(m_messages);
    makeFields();
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_other);
    buttons->addStretch();
    m_go->setKind(Button::Kind::Primary);
    m_go->setProperty("controlSize", u"large"_s);
    buttons->addWidget(m_go);
    column()->addSpacing(8);
    column()->addLayout(buttons);
    m_remark->setWordWrap(true);
    m_remark->hide();
    column()->addWidget(m_remark);

    const auto go = [this] {
        if (m_go->isEnabled())
            Q_EMIT signInRequested();
    };
    connect(m_go, &Button::clicked, this, go);
    pressOnEnter(m_go);
    connect(m_other, &Button::clicked, this, &SignInView::otherRequested);
    connect(new QShortcut(QKeyCombination(Qt::ALT, Qt::Key_A), this), &QShortcut::activated, m_other,
            &Button::click);
    for (const QLineEdit *field : {m_person, m_password})
        connect(field, &QLineEdit::textChanged, this, &SignInView::showReady);
    if (kind == Kind::Lock)
        connect(new ScanGuard(this), &ScanGuard::refused, this, &SignInView::refuseScan);
    setProtection({}, false);
    setPerson({});
}

/// Whoever scans at a locked window has not looked at it. A barcode is no attempt to sign in: a few of them
/// would close the login on servers that count.
void SignInView::refuseScan()
{
    clearPassword();
    m_messages->showMessage(MessageBar::Kind::Warning, tr("The window is locked."),
                            tr("The scan was not taken; unlock and scan again."));
}

void SignInView::makeFields()
{
    m_password->setEchoMode(QLineEdit::Password);
    m_password->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                                    Qt::ImhNoAutoUppercase);
    m_person->setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_server->setElided(true);
    m_keep->setVisible(m_kind == Kind::SignIn);
    m_person->setReadOnly(m_kind == Kind::Lock);
    m_person->setFocusPolicy(m_kind == Kind::Lock ? Qt::ClickFocus : Qt::StrongFocus);
    m_serverIcon->setIcon(u"server"_s, IconLabel::Tint::Muted);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    const auto addRow = [&](int row, const QString &label, QWidget *field) {
        auto *words = new TextLabel(TextRole::Body, false, true);
        words->setText(label);
        words->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
        words->setBuddy(field);
        field->setAccessibleName(label);
        grid->addWidget(words, row, 0);
        grid->addWidget(field, row, 1);
    };
    auto *server = new QWidget;
    auto *serverRow = new QHBoxLayout(server);
    serverRow->setContentsMargins(0, 4, 0, 4);
    serverRow->addWidget(m_serverIcon);
    serverRow->addWidget(m_server, 1);
    addRow(0, tr("Server"), server);
    addRow(1, tr("Name"), m_person);
    addRow(2, tr("Password"), m_password);
    grid->addWidget(m_keep, 3, 1);
    auto *protection = new QHBoxLayout;
    protection->setSpacing(8);
    protection->addWidget(m_protectionIcon);
    protection->addWidget(m_protection, 1);
    m_protection->setWordWrap(true);
    grid->addLayout(protection, 4, 1);
    grid->setColumnStretch(1, 1);
    column()->addLayout(grid);
}

void SignInView::setServer(const QString &words)
{
    m_server->setText(words);
    m_server->setAccessibleName(tr("Server: %1").arg(words));
}

void SignInView::setPerson(const QString &person)
{
    m_person->setText(person);
    pointFocus();
    showReady();
}

void SignInView::pointFocus()
{
    setFocusProxy(m_person->text().trimmed().isEmpty() && m_kind == Kind::SignIn ? m_person : m_password);
}

void SignInView::askAgain()
{
    pointFocus();
    if (!isVisible())
        return;
    setFocus(Qt::OtherFocusReason);
    m_password->selectAll();
}

QString SignInView::person() const
{
    return m_person->text().trimmed();
}

QString SignInView::password() const
{
    return m_password->text();
}

void SignInView::clearPassword()
{
    m_password->setText({}); // unlike clear(), this leaves nothing in the history
}

void SignInView::setProtection(const QString &words, bool isSafe)
{
    m_protection->setText(words);
    m_protection->setVisible(!words.isEmpty());
    m_protectionIcon->setVisible(!words.isEmpty());
    m_protectionIcon->setIcon(isSafe ? u"lock"_s : u"warn"_s, IconLabel::Tint::Status,
                              isSafe ? Status::Available : Status::Overdue);
}

void SignInView::setKeychain(bool isOffered, bool isChosen, const QString &reason)
{
    m_keep->setEnabled(isOffered);
    m_keep->setChecked(isOffered && isChosen);
    m_keep->setToolTip(reason);
}

bool SignInView::keepsPassword() const
{
    return m_keep->isChecked();
}

void SignInView::setRemark(const QString &text)
{
    m_remark->setText(text);
    m_remark->setVisible(!text.isEmpty());
}

void SignInView::setLocked(const QTime &since, const QString &branch)
{
    const QString time = locale().toString(since, QLocale::ShortFormat);
    setSubtitle((branch.isEmpty() ? tr("Locked since %1.").arg(time)
                                  : tr("Locked since %1 at %2.").arg(time, branch)) +
                u' ' + tr("Your work is kept. Type your password to go on with it."));
}

void SignInView::setBusy(bool busy)
{
    m_isBusy = busy;
    m_password->setEnabled(!busy);
    m_person->setEnabled(!busy);
    m_other->setEnabled(!busy);
    if (!busy)
        askAgain();
    showReady();
}

void SignInView::showReady()
{
    m_go->setText(m_isBusy ? tr("Asking the server …") : m_kind == Kind::Lock ? tr("Unlock") : tr("Sign in"));
    m_go->setEnabled(!m_isBusy && !person().isEmpty() && (m_kind == Kind::SignIn || !password().isEmpty()));
    m_go->setToolTip(m_go->isEnabled() || m_isBusy ? QString()
                     : person().isEmpty()          ? tr("Type your name first.")
                                                   : tr("Type your password first."));
}

} // namespace Branchline
