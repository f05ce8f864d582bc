// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/signin/coverpage.h"
#include "ui/signin/protectionbox.h"
#include "ui/widgets/theme.h"

class QButtonGroup;
class QLineEdit;
class QProgressBar;

namespace Branchline {

class Button;
class ChoiceCard;
class MessageBar;
class SegmentedSwitch;
class TextLabel;

/// What a window shows that has no library yet: where does the library keep its books and loans? Knows
/// nothing of databases; tells what was chosen and shows what it is told.
class FirstRunView final : public CoverPage
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FirstRunView)

public:
    enum class Choice { Demo, NewLibrary, Server };

    explicit FirstRunView(QWidget *parent = nullptr);

    void setChoice(Choice choice);
    [[nodiscard]] Choice choice() const;
    void setAddress(const QString &address);
    [[nodiscard]] QString address() const;
    [[nodiscard]] ProtectionBox *protection() const { return m_protection; }
    /// The line at the foot: what was found on this computer, and where data go.
    void setRemark(const QString &text);
    /// Whether a way back is offered, to the sign-in page.
    void setMayGoBack(bool may);

    /// Work is under way: a step in words; nothing else can be pressed but Cancel. Empty: it is over.
    void setProgress(const QString &step);
    /// The address is being tested; it stands fast until then.
    void setTesting(bool testing);
    [[nodiscard]] MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    /// The one button: the demo library or a new one is to be made, or the server's sign-in page to open.
    void goRequested(Branchline::FirstRunView::Choice choice);
    void testRequested();
    /// Nobody waits for what is under way any more.
    void cancelRequested();
    void backRequested();
    void appearanceChosen(Branchline::Theme::Mode mode);

private:
    void makeServerCard();
    QWidget *makeFoot();
    void showChoice();

    QButtonGroup *m_group;
    ChoiceCard *m_demo;
    ChoiceCard *m_new;
    ChoiceCard *m_server;
    QLineEdit *m_address;
    Button *m_test;
    ProtectionBox *m_protection;
    MessageBar *m_messages;
    SegmentedSwitch *m_appearance;
    Button *m_go;
    Button *m_back;
    Button *m_cancel;
    QProgressBar *m_bar;
    TextLabel *m_step;
    TextLabel *m_remark;
    bool m_isBusy = false;
    bool m_isTesting = false;
};

} // namespace Branchline
