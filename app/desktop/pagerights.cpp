// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/pagerights.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

std::span<const PageRights> pageRights()
{
    using Page = MainWindow::Page;
    static const std::vector<PageRights> pages{
        {Page::Desk, {"desk"_L1}},
        {Page::Catalogue, {}}, // anybody may search, and see where copies are
        {Page::Patrons, {"desk"_L1, "patrons"_L1}},
        {Page::Branch, {"desk"_L1, "patrons"_L1, "branch"_L1, "reports"_L1}},
        {Page::Statistics, {}}, // figures are no secret among the staff
        {Page::Staff, {"library"_L1}},
        {Page::Audit, {"branch"_L1, "library"_L1}},
    };
    return pages;
}

bool mayOpen(const PageRights &page, const Permissions &permissions)
{
    if (!permissions.isKnown())
        return true;
    const Rights &rights = permissions.rights();
    return page.oneOf.empty()
               ? !rights.isEmpty()
               : std::any_of(page.oneOf.begin(), page.oneOf.end(),
                             [&](QLatin1StringView right) { return rights.mayAnywhere(right); });
}

} // namespace Branchline
