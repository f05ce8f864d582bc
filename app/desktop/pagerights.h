// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/staff/permissions.h"
#include "ui/shell/mainwindow.h"

#include <span>

namespace Branchline {

/// Which rights a page needs: it is offered to whoever has one of them at any branch. A page without rights
/// of its own is for everybody who has some right.
struct PageRights
{
    MainWindow::Page page;
    std::vector<QLatin1StringView> oneOf;
};

/// One entry for each page, as the matrix of docs/RIGHTS.md has it. A new page is added here.
[[nodiscard]] std::span<const PageRights> pageRights();

/// Whether the page is to be offered; while nothing is known, every page is.
[[nodiscard]] bool mayOpen(const PageRights &page, const Permissions &permissions);

} // namespace Branchline
