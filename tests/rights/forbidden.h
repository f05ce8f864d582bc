// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace Branchline {

/// Statements that are refused with one of the SQLSTATEs, which a blank separates: 42501 is PostgreSQL's
/// refusal, LB… one of our functions'. In all statements here, %here and %there are the ids of the branch
/// where the login has the right "desk" and of the other one; %card, %patron, %kept, %taken and %copy are a
/// patron of the other branch, two copies that this patron has, and one on the shelf there.
struct Forbidden
{
    const char *states;
    std::vector<const char *> statements;
};

/// On main and on every shard.
[[nodiscard]] std::vector<Forbidden> forbiddenEverywhere();
[[nodiscard]] std::vector<Forbidden> forbiddenOnMain();
[[nodiscard]] std::vector<Forbidden> forbiddenOnShards();

/// Counts of what may be read, but has no row of the other branch, whatever the session is told to do.
[[nodiscard]] std::vector<const char *> emptyOnShards();
[[nodiscard]] std::vector<const char *> emptyOnMain();
/// The same on a shard for somebody to whom the tables beneath have been granted, which no group is.
[[nodiscard]] std::vector<const char *> hiddenByPolicy();

} // namespace Branchline
