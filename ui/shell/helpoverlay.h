// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/overlay.h"

namespace Branchline {

class Button;

/// The keys of the program, by page.
class HelpOverlay final : public Overlay
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HelpOverlay)

public:
    explicit HelpOverlay(QWidget *parent);

protected:
    QRect cardRect() const override;
    QWidget *firstFocus() override;

private:
    Button *m_close;
};

} // namespace Branchline
