// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/interrupt.h"

#include <csignal>

namespace Branchline::Ctl {

namespace {

volatile std::sig_atomic_t asked = 0;

void remember(int number)
{
    asked = 1;
    std::signal(number, SIG_DFL);
}

} // namespace

Interrupt::Interrupt()
{
    asked = 0;
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

Interrupt::~Interrupt()
{
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::isAsked() const
{
    return asked != 0;
}

} // namespace Branchline::Ctl
