// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/clustersignin.h"

#include "db/signin/signintrial.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void signInShards(ClusterConfig &config)
{
    for (ConnectionUrl &url : config.shardUrls) {
        if (url.user().isEmpty())
            url = url.with(u"user"_s, config.main.user());
        if (url.user() == config.main.user() && !url.hasPassword())
            url = url.with(u"password"_s, config.main.value(u"password"_s));
    }
}

bool asksForPassword(const ClusterConfig &config)
{
    constexpr int patienceMs = 3000;
    return !config.main.isEmpty() && !config.main.hasPassword() &&
           Internal::trySignIn(config.main, QDeadlineTimer(patienceMs)).needsPassword;
}

} // namespace Branchline
