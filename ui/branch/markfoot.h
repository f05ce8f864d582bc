// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

namespace Branchline {

class Button;
class TextLine;

/// The foot of a list while rows are ticked: how many, and what can be done with all of them.
class MarkFoot final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MarkFoot)

public:
    explicit MarkFoot(QWidget *parent = nullptr);

    /// Nothing ticked hides the foot. \a detail such as "1 patron".
    void setMarked(int count, const QString &detail);
    /// \a reason says why nothing can be done now; empty: it can.
    void setWaiting(const QString &reason);

Q_SIGNALS:
    void cleared();
    void renewRequested();

private:
    TextLine *m_count;
    TextLine *m_detail;
    TextLine *m_reason;
    Button *m_renew;
};

} // namespace Branchline
