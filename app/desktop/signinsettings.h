// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"

namespace Branchline {

/// What the window remembers of signing in, in window.conf: the server that was chosen in it, who signed in
/// last and where, and whether the window was locked. Never a password. GUI thread only.
namespace SignInSettings {

/// A server and its database, whoever signs in: "library.example.org:5432/books".
[[nodiscard]] QString serverOf(const ConnectionUrl &url);

/// The server that was chosen in the window and its protection, by the names of settings.
[[nodiscard]] QMap<QString, QString> rememberedServer();
void rememberServer(const ConnectionUrl &url, const ConnectionSecurity &security);
/// The next start finds the library on this computer.
void forgetServer();

/// Who signed in at a server; `typed` says that it took a password which a person typed or the keychain had.
void rememberPerson(const ConnectionUrl &url, const QString &login, bool typed);
/// Who signed in last at this server; empty: somebody did elsewhere, or nobody.
[[nodiscard]] QString personAt(const ConnectionUrl &url);
[[nodiscard]] bool wantedPassword();

/// A window that is locked stays so for whoever ends the program and starts it again, until somebody signs in
/// with a password that was typed. Empty: not locked.
void setLocked(const ConnectionUrl &url);
void setUnlocked();
[[nodiscard]] bool isLocked();
/// Whether the window was locked over this server.
[[nodiscard]] bool isLockedAt(const ConnectionUrl &url);

/// The window was left locked so that somebody else signs in: the next page names nobody. It stays locked,
/// and unlocking ends this too.
void setLeftToOthers(bool left);
[[nodiscard]] bool isLeftToOthers();

} // namespace SignInSettings

} // namespace Branchline
