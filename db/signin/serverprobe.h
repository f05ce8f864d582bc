// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/serveraddress.h"

#include <QDateTime>
#include <QDeadlineTimer>

namespace Branchline::Internal {

/// What a look at an address shows without signing in; no password is sent. Used when signing in failed, to
/// say why, since libpq tells reasons in sentences only.
struct ServerProbe
{
    enum class Reach {
        Answers,      ///< something took the connection
        NameUnknown,  ///< the host has no address
        SocketAbsent, ///< there is no such socket
        Refused,      ///< the host answers, and nothing listens at the port
        NoAnswer,     ///< nothing came back in time, or there is no way there
        NotPermitted  ///< the socket may not be used by this account
    };
    enum class Tls {
        NotAsked,   ///< a socket, or the look ended before
        NotOffered, ///< the server said no
        NoServer,   ///< what answered is no PostgreSQL server
        Failed,     ///< no handshake came about
        Offered     ///< the rest is known
    };
    Reach reach = Reach::NoAnswer;
    Tls tls = Tls::NotAsked;
    int certificateError = 0; ///< X509_V_OK or what OpenSSL says about the chain
    bool isForHost = false;   ///< the certificate names the host of the address
    QString names;            ///< what the certificate names, for people
    QString issuer;           ///< who signed it, for people
    QDateTime validFrom;      ///< UTC
    QDateTime validUntil;     ///< UTC
};

/// Looks at the one host of an address, with the root certificate of the address. Blocks up to the deadline,
/// and longer while the system looks up a name.
[[nodiscard]] ServerProbe probeServer(const ConnectionUrl &url, const QDeadlineTimer &deadline);

/// The file of root certificates that libpq would use: that of the address or the environment, else the
/// usual one in the home folder. It need not exist.
[[nodiscard]] QString rootCertificateFile(const ConnectionUrl &url);

using Branchline::isLocalSocket;

/// TLS on a connection to which the server has said yes. Fills what is known of the certificate.
void probeTls(int socket, const ConnectionUrl &url, const QDeadlineTimer &deadline, ServerProbe &probe);

} // namespace Branchline::Internal
