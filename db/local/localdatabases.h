// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <functional>

namespace Branchline::Internal {

/// Makes the databases that do not exist yet on the server at that socket, as its superuser. Blocks; throws
/// a DbException.
void ensureDatabases(const QString &socketDirectory, int port, const QStringList &databases,
                     const std::function<void(const QString &)> &progress);

} // namespace Branchline::Internal
