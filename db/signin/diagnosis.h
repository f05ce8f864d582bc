// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"

#include <QDateTime>
#include <QFuture>
#include <QObject>

#include <chrono>

namespace Branchline {

/// How far what travels between this computer and the server is protected.
struct TlsState
{
    enum class Check {
        None,   ///< nobody looked at the certificate: anybody may be at the other end
        Issuer, ///< it is signed by a known authority, for whatever host
        HostToo ///< and it names the host of the address
    };
    bool isLocal = false;        ///< a socket of this computer: nothing travels
    bool isEncrypted = false;    ///< TLS is in use
    QString protocol;            ///< "TLSv1.3"
    Check check = Check::None;   ///< what was checked before anything was sent
    bool channelBinding = false; ///< the sign-in is bound to this very TLS connection

    /// Encrypted or local, and surely the right server.
    [[nodiscard]] bool isSafe() const { return isLocal || (isEncrypted && check == Check::HostToo); }
    /// A phrase for the screen: "Encrypted (TLSv1.3), server verified, bound to the connection".
    [[nodiscard]] QString words() const;
};

/// What a test of an address found: the first thing that is wrong, or that all is well.
struct Diagnosis
{
    Q_GADGET
public:
    enum class Finding {
        Ready,                  ///< a member of staff may work here
        HostNotFound,           ///< no address for the name
        SocketMissing,          ///< no server at this socket
        SocketForbidden,        ///< the account may not use the socket
        PortRefused,            ///< the computer answers, no server at the port
        NoAnswer,               ///< silence
        NotPostgres,            ///< something else listens there
        TlsNotOffered,          ///< and it is wanted
        TlsRequired,            ///< by the server, and it was not wanted
        RootCertificateMissing, ///< the file to check the server's certificate with
        CertificateUnknownIssuer,
        CertificateExpired,
        CertificateNotYetValid,
        CertificateWrongHost,
        TlsFailed,             ///< for another reason
        ChannelBindingMissing, ///< wanted, and the server cannot
        PasswordMissing,       ///< the server asks for one
        PasswordRefused,       ///< or there is no such person; servers do not tell
        LoginNotAllowed,       ///< the login may not sign in at all
        ComputerNotAllowed,    ///< not this person from this computer
        DatabaseMissing,
        DatabaseNotAllowed, ///< the login may not connect to it
        ServerFull,         ///< no connection left
        ServerStarting,     ///< or stopping
        OnlyStandbys,       ///< no server of the address takes changes
        NotBranchline,      ///< another kind of database
        ShardInstead,       ///< a shard of a library, not its main database
        SchemaOlder,
        SchemaNewer,
        NotStaff, ///< signed in, and without any right here
        Failed    ///< something that has no words of its own
    };
    Q_ENUM(Finding)
    Finding finding = Finding::Failed;
    QString message = {}; ///< a sentence: what is wrong
    QString hint = {};    ///< a sentence: what to do
    QString detail = {};  ///< what the server said in its own language, for the screen only
    TlsState tls = {};
    bool hasAnswered = false;  ///< a server has spoken to the session: how it was protected is known
    QString login = {};        ///< the role of the session; of Ready and what was found while signed in
    QString host = {};         ///< which of several hosts is meant
    bool usedPassword = false; ///< the server asked for a password and took it

    [[nodiscard]] bool isReady() const { return finding == Finding::Ready; }
    /// Another person or password may help.
    [[nodiscard]] bool concernsPerson() const;
    /// The server could not be asked at all; it may be back in a moment.
    [[nodiscard]] bool isUnreachable() const;
    /// A stable word for tests, logs and `--json`, such as "host_not_found".
    [[nodiscard]] QString code() const;
};

/// Tests the address of a main database the way the program will use it, password included, and says which
/// one thing is wrong. Runs in a thread of its own and never blocks the caller. The answer comes at the
/// deadline at the latest: a name server that is silent is then told as NoAnswer.
[[nodiscard]] QFuture<Diagnosis> diagnose(const ConnectionUrl &url,
                                          std::chrono::milliseconds deadline = std::chrono::seconds(8));

} // namespace Branchline
