// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/signin/coverpage.h"

class QCheckBox;
class QLineEdit;
class QTime;

namespace Branchline {

class Button;
class IconLabel;
class MessageBar;
class TextLabel;

/// Who works here? Server and person are filled in from last time, the password is typed. The same page
/// locks the window: then the person stands fast, scans are refused, and a way is offered to sign in as
/// somebody else.
class SignInView final : public CoverPage
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SignInView)

public:
    enum class Kind { SignIn, Lock };

    explicit SignInView(Kind kind, QWidget *parent = nullptr);

    /// In words: "library.example.org, database books".
    void setServer(const QString &words);
    void setPerson(const QString &person);
    [[nodiscard]] QString person() const;
    [[nodiscard]] QString password() const;
    /// Empties the field, also of what it could undo.
    void clearPassword();
    /// How the connection is protected; `isSafe` decides icon and colour. Empty: nothing is known yet.
    void setProtection(const QString &words, bool isSafe);
    /// Whether the keychain is offered; `reason` says in the tool tip why not.
    void setKeychain(bool isOffered, bool isChosen, const QString &reason = {});
    [[nodiscard]] bool keepsPassword() const;
    /// A line below: what waits behind the lock, for instance.
    void setRemark(const QString &text);
    /// Of a lock: when it began, in local time, and the name of the branch that is worked at, if any.
    void setLocked(const QTime &since, const QString &branch);
    /// The server is being asked; afterwards askAgain().
    void setBusy(bool busy);
    /// The focus goes to what is to be typed (again): the password, selected, as soon as there is a name. A
    /// password typed after a refusal never stands in the name's field, where everybody can read it.
    void askAgain();
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void signInRequested();
    /// Another server is to be chosen; of a lock: somebody else wants to sign in.
    void otherRequested();

private:
    void makeFields();
    void refuseScan();
    void pointFocus();
    void showReady();

    const Kind m_kind;
    MessageBar *m_messages;
    IconLabel *m_serverIcon;
    TextLabel *m_server;
    QLineEdit *m_person;
    QLineEdit *m_password;
    QCheckBox *m_keep;
    IconLabel *m_protectionIcon;
    TextLabel *m_protection;
    Button *m_other;
    Button *m_go;
    TextLabel *m_remark;
    bool m_isBusy = false;
};

} // namespace Branchline
