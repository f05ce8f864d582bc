// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

namespace Branchline {

class Button;
class TextLabel;

/// Asks in the page before a login is disabled, and says what that does. The safe answer has the focus.
class DisablePane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DisablePane)

public:
    explicit DisablePane(QWidget *parent = nullptr);

    void setFacts(const StaffFacts &facts);

Q_SIGNALS:
    void disableRequested();
    void keepRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    TextLabel *m_title;
    TextLabel *m_sentence;
    Button *m_keep;
    Button *m_disable;
};

} // namespace Branchline
