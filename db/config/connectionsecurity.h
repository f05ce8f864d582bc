// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"

#include <optional>

namespace Branchline {

/// How connections are protected: libpq's sslmode, channel_binding and sslrootcert. Empty: nothing is wished
/// for.
struct ConnectionSecurity
{
    QString sslMode;         ///< "disable" to "verify-full"
    QString channelBinding;  ///< "disable", "prefer" or "require"
    QString rootCertificate; ///< a file

    friend bool operator==(const ConnectionSecurity &, const ConnectionSecurity &) = default;

    /// The values that sslmode may have, weakest first.
    [[nodiscard]] static QStringList sslModes();
    /// The values that channel_binding may have, weakest first.
    [[nodiscard]] static QStringList channelBindings();
};

/// What the administrator of this computer has laid down in /etc/branchline/policy.conf. It wins over every
/// other setting; nobody can choose anything weaker. It binds Branchline's own programs: what a server lets
/// in from other programs is said in its pg_hba.conf.
struct SecurityPolicy
{
    QString file; ///< where it stands; empty: there is none
    /// The least sslmode and channel binding; the root certificate replaces any other.
    ConnectionSecurity required;
    std::optional<int> lockMinutes; ///< the window locks after so many idle minutes at the latest
    bool mayKeepPasswords = true;   ///< false: no password goes into the system keychain
    /// What the system trusts, where this account has no root.crt of its own: it verifies servers whose root
    /// certificate nobody names. Looked up by read(), so that secured() needs no disk.
    QString systemRoots;

    /// The weakest sslmode that it lets pass: that of `required`, and where it names a root certificate at
    /// least "verify-ca". Empty: any.
    [[nodiscard]] QString leastSslMode() const;

    [[nodiscard]] static QString defaultFile();
    /// Reads the file. One that does not exist is no policy; one that cannot be read, or says anything that
    /// is not understood, is an error, since a wrong word must not loosen it. Blocks on the disk.
    [[nodiscard]] static Result<SecurityPolicy> read(const QString &path = defaultFile());
};

/// The address with its protection made explicit: what it says itself, else what `wish` says, else libpq's
/// environment (PGSSLMODE …), raised to the policy. A root certificate that somebody named makes "verify-ca"
/// of "require" and of no word at all. Verifying without a named root certificate takes that in the home
/// folder and, for verify-full where there is none, the system's (SecurityPolicy::systemRoots).
/// Addresses of local sockets stay as they are, since nothing travels; see isLocalSocket(). Of an address
/// with a service file the file says what is left open here, but where the policy demands something, that is
/// not left open. Asks no disk.
[[nodiscard]] ConnectionUrl secured(const ConnectionUrl &url, const ConnectionSecurity &wish,
                                    const SecurityPolicy &policy);

/// What an address itself says about its protection.
[[nodiscard]] ConnectionSecurity protectionOf(const ConnectionUrl &url);

/// The address without it, so that somebody can choose another one; also without what secured() has added.
[[nodiscard]] ConnectionUrl withoutProtection(const ConnectionUrl &url);

} // namespace Branchline
