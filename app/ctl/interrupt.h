// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace Branchline::Ctl {

/// While it lives, Ctrl+C (SIGINT, SIGTERM) is remembered instead of ending the program; the second one ends
/// it at once. One at a time.
class Interrupt final
{
public:
    Interrupt();
    ~Interrupt();
    Q_DISABLE_COPY_MOVE(Interrupt)

    [[nodiscard]] bool isAsked() const;
};

} // namespace Branchline::Ctl
