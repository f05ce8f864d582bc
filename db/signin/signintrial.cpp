// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/signintrial.h"

#include <QRegularExpression>

#include <libpq-fe.h>

#include <algorithm>
#include <poll.h>
#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

/// What was used, whatever the address looks like.
bool isSocketFile(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) == 0 &&
           address.ss_family == AF_UNIX;
}

void noteState(SignInTrial &trial, PGconn *connection)
{
    switch (PQstatus(connection)) {
    case CONNECTION_AWAITING_RESPONSE:
    case CONNECTION_AUTH_OK:
    case CONNECTION_CONSUME:
        trial.sawServer = true;
        break;
    default:
        break;
    }
    // A handshake that fails, or a certificate that is refused, has a protocol too.
    if (trial.sawServer && trial.protocol.isEmpty() && PQsslInUse(connection) != 0)
        trial.protocol = QString::fromLatin1(PQsslAttribute(connection, "protocol"));
}

/// With "verbose" libpq adds the code and the place to the server's error, in no language. After a try with
/// TLS and one without it, the first of two errors counts.
void readError(SignInTrial &trial, PGconn *connection)
{
    static const QRegularExpression code(u":\\s+(?![A-Z]{5})([0-9A-Z]{5}): "_s); // not FATAL
    static const QRegularExpression place(u"\\s(\\w+), \\w+\\.c:\\d+\\s*$"_s,
                                          QRegularExpression::MultilineOption);
    trial.text = QString::fromUtf8(PQerrorMessage(connection)).trimmed();
    trial.sqlState = code.match(trial.text).captured(1);
    if (!trial.sqlState.isEmpty())
        trial.place = place.match(trial.text).captured(1);
    trial.needsPassword = PQconnectionNeedsPassword(connection) != 0;
}

} // namespace

bool awaitSocket(int socket, bool toRead, const QDeadlineTimer &deadline)
{
    pollfd entry{socket, static_cast<short>(toRead ? POLLIN : POLLOUT), 0};
    for (;;) {
        const int left = static_cast<int>(std::clamp<qint64>(deadline.remainingTime(), 0, 60'000));
        const int ready = ::poll(&entry, 1, left);
        if (ready > 0)
            return true;
        if (ready == 0 && deadline.hasExpired())
            return false;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

void CloseConnection::operator()(pg_conn *connection) const
{
    PQfinish(connection);
}

SignInTrial trySignIn(const ConnectionUrl &url, const QDeadlineTimer &deadline)
{
    const ConnectionUrl complete = url.forWriting()
                                       .with(u"application_name"_s, u"branchline sign-in"_s)
                                       .with(u"client_encoding"_s, u"UTF8"_s);
    SignInTrial trial;
    std::unique_ptr<PGconn, CloseConnection> connection(
        PQconnectStart(complete.toConnInfo().toUtf8().constData()));
    if (!connection)
        return trial;
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    PQsetNoticeReceiver(
        connection.get(), [](void *, const PGresult *) {}, nullptr);
    auto step = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING) {
        if (!awaitSocket(PQsocket(connection.get()), step == PGRES_POLLING_READING, deadline)) {
            trial.isOutOfTime = true;
            return trial;
        }
        step = PQconnectPoll(connection.get());
        noteState(trial, connection.get());
    }
    trial.usedPassword = PQconnectionUsedPassword(connection.get()) != 0;
    if (step != PGRES_POLLING_OK) {
        readError(trial, connection.get());
        return trial;
    }
    if (PQsslInUse(connection.get()) == 0)
        trial.protocol.clear(); // it was tried and given up
    trial.isLocal = isSocketFile(PQsocket(connection.get()));
    trial.connection = std::move(connection);
    return trial;
}

} // namespace Branchline::Internal
