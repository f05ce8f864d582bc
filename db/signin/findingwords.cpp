// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/findingwords.h"

#include "db/schema/migrations.h"

#include <QCoreApplication>
#include <QLocale>
#include <QMetaEnum>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Finding = Diagnosis::Finding;

QString tr(const char *text)
{
    return QCoreApplication::translate("Diagnosis", text);
}

struct Words
{
    QString message;
    QString hint;
};

/// What the sentences are filled with.
struct Facts
{
    QString host;
    QString port;
    QString person;
    QString database;
    QString names; ///< of the certificate, or the missing file
    QString issuer;
    QString from;
    QString until;
};

QString day(const QDateTime &time)
{
    return QLocale().toString(time.date(), QLocale::LongFormat);
}

Words wordsOfPlace(Finding finding, const Facts &f)
{
    switch (finding) {
    case Finding::HostNotFound:
        return {tr("There is no computer called “%1”.").arg(f.host),
                tr("Check how the name is written, and that this computer is connected to the network.")};
    case Finding::SocketMissing:
        return {tr("No PostgreSQL server runs on this computer at the socket %1.").arg(f.host),
                tr("Start the server, or check folder and port.")};
    case Finding::SocketForbidden:
        return {tr("Your account on this computer may not use the socket in %1.").arg(f.host),
                tr("Ask an administrator of this computer.")};
    case Finding::PortRefused:
        return {tr("“%1” answers, but no server listens at port %2.").arg(f.host, f.port),
                tr("Check the port; if it is right, the server does not run or a firewall turns you away.")};
    case Finding::NoAnswer:
        return {tr("“%1” does not answer at port %2.").arg(f.host, f.port),
                tr("The computer may be off, or a firewall lets nothing through. Check name and port, then "
                   "ask the administrator.")};
    case Finding::NotPostgres:
        return {tr("What answers at port %2 of “%1” is no PostgreSQL server.").arg(f.host, f.port),
                tr("Check the port; PostgreSQL usually has 5432.")};
    case Finding::ServerFull:
        return {tr("The server has no connection left for this program."),
                tr("Close programs that nobody uses, or ask an administrator to raise max_connections.")};
    case Finding::ServerStarting:
        return {tr("The server is starting or stopping."),
                tr("Try again in a moment; after a crash it reads its log first, which can take minutes.")};
    case Finding::OnlyStandbys:
        return {tr("None of these servers takes changes."),
                tr("See that one of them has been promoted, or name the primary.")};
    default:
        return {tr("The connection failed for a reason that has no words of its own."),
                tr("Show the lines below to an administrator.")};
    }
}

Words wordsOfTls(Finding finding, const Facts &f)
{
    switch (finding) {
    case Finding::TlsNotOffered:
        return {tr("“%1” offers no encrypted connection (TLS), and one is required.").arg(f.host),
                tr("Nothing was sent. Ask the administrator to switch on TLS on the server.")};
    case Finding::TlsRequired:
        return {tr("“%1” lets in only encrypted connections (TLS).").arg(f.host),
                tr("Choose at least “require” for encryption.")};
    case Finding::RootCertificateMissing:
        return {tr("The server cannot be verified: the file %1 is missing or cannot be read.").arg(f.names),
                tr("Ask the administrator for the root certificate of your library and name its file.")};
    case Finding::CertificateUnknownIssuer:
        return {tr("The certificate of “%1” is signed by “%2”, which this computer does not know.")
                    .arg(f.host, f.issuer),
                tr("Nothing was sent. If the server is yours, ask the administrator for its root "
                   "certificate; if not, somebody may be between you and the server.")};
    case Finding::CertificateExpired:
        return {tr("The certificate of “%1” expired on %2.").arg(f.host, f.until),
                tr("Nothing was sent. Ask the administrator to renew it, and check this computer's clock.")};
    case Finding::CertificateNotYetValid:
        return {tr("The certificate of “%1” is valid only from %2 on.").arg(f.host, f.from),
                tr("Nothing was sent. Check this computer's clock.")};
    case Finding::CertificateWrongHost:
        return {tr("The certificate is for “%2”, not for “%1”.").arg(f.host, f.names),
                tr("Nothing was sent. Write the server's name as in its certificate; if that is not your "
                   "server, ask the administrator.")};
    case Finding::ChannelBindingMissing:
        return {tr("The sign-in cannot be bound to the encrypted connection, and that is required."),
                tr("The server must keep the password as SCRAM-SHA-256 and offer TLS. Ask the "
                   "administrator, or choose “prefer” for channel binding.")};
    default:
        return {tr("No encrypted connection to “%1” came about.").arg(f.host),
                tr("Nothing was sent. Ask the administrator which TLS versions and certificates the server "
                   "takes.")};
    }
}

Words wordsOfPerson(Finding finding, const Facts &f)
{
    switch (finding) {
    case Finding::PasswordMissing:
        return {tr("The server asks for the password of “%1”.").arg(f.person), tr("Type it and sign in.")};
    case Finding::PasswordRefused:
        return {tr("The server does not accept this name and password."),
                tr("Type the password again; check “%1” and the Caps Lock key.").arg(f.person)};
    case Finding::LoginNotAllowed:
        return {tr("“%1” may not sign in on this server.").arg(f.person),
                tr("The login does not exist there, or it was closed. Ask the administrator.")};
    case Finding::ComputerNotAllowed:
        return {tr("The server does not let “%1” in from this computer.").arg(f.person),
                tr("Ask the administrator for a line in pg_hba.conf for this person and computer.")};
    case Finding::NotStaff:
        return {
            tr("“%1” has no right in this library yet.").arg(f.person),
            tr("Ask an administrator of the library for the rights that you need for your work, then look "
               "again, or sign in as somebody else.")};
    default:
        return {};
    }
}

Words wordsOfDatabase(Finding finding, const Facts &f)
{
    const QString version = QString::number(schemaVersion(DatabaseRole::Main));
    switch (finding) {
    case Finding::DatabaseMissing:
        return {tr("The server has no database called “%1”.").arg(f.database),
                tr("Check the name at the end of the address.")};
    case Finding::DatabaseNotAllowed:
        return {tr("“%1” may not use the database “%2”.").arg(f.person, f.database),
                tr("Ask the administrator to add you to the staff of this library.")};
    case Finding::NotBranchline:
        return {tr("“%1” is not a Branchline database.").arg(f.database),
                tr("Check the name at the end of the address; an administrator prepares new databases with "
                   "“branchlinectl init”.")};
    case Finding::ShardInstead:
        return {tr("“%1” is a shard of a library, not its main database.").arg(f.database),
                tr("Ask the administrator for the address of the main database.")};
    case Finding::SchemaOlder:
        return {tr("The database is older than this program."),
                tr("Let an administrator run “branchlinectl migrate up”; the program works with version %1.")
                    .arg(version)};
    case Finding::SchemaNewer:
        return {tr("The database is newer than this program."),
                tr("Install the newer Branchline; this one works with version %1.").arg(version)};
    default:
        return {};
    }
}

Words wordsOf(Finding finding, const Facts &facts)
{
    if (finding == Finding::Ready)
        return {tr("The connection works. You are signed in as “%1”.").arg(facts.person), {}};
    for (const auto words : {wordsOfPerson, wordsOfDatabase}) {
        if (const Words found = words(finding, facts); !found.message.isEmpty())
            return found;
    }
    const bool isTls = finding >= Finding::TlsNotOffered && finding <= Finding::ChannelBindingMissing;
    return isTls ? wordsOfTls(finding, facts) : wordsOfPlace(finding, facts);
}

} // namespace

void Internal::addWords(Diagnosis &diagnosis, const ConnectionUrl &url, const ServerProbe &probe)
{
    if (diagnosis.host.isEmpty())
        diagnosis.host = url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host();
    const QString login = diagnosis.login.isEmpty() ? url.user() : diagnosis.login;
    const Facts facts{.host = diagnosis.host.isEmpty() ? tr("this computer") : diagnosis.host,
                      .port = url.port().isEmpty() ? u"5432"_s : url.port(),
                      .person = login.isEmpty() ? qEnvironmentVariable("USER") : login,
                      .database = url.database(),
                      .names = probe.names,
                      .issuer = probe.issuer,
                      .from = day(probe.validFrom),
                      .until = day(probe.validUntil)};
    const Words words = wordsOf(diagnosis.finding, facts);
    diagnosis.message = words.message;
    diagnosis.hint = words.hint;
}

QString TlsState::words() const
{
    if (isLocal)
        return tr("On this computer");
    if (!isEncrypted)
        return tr("Not encrypted");
    QStringList parts{tr("Encrypted (%1)").arg(protocol)};
    parts << (check == Check::HostToo  ? tr("server verified")
              : check == Check::Issuer ? tr("issuer verified")
                                       : tr("server not verified"));
    if (channelBinding)
        parts << tr("sign-in bound to the connection");
    return parts.join(u", "_s);
}

bool Diagnosis::concernsPerson() const
{
    return finding == Finding::PasswordMissing || finding == Finding::PasswordRefused ||
           finding == Finding::LoginNotAllowed || finding == Finding::ComputerNotAllowed ||
           finding == Finding::DatabaseNotAllowed || finding == Finding::NotStaff;
}

bool Diagnosis::isUnreachable() const
{
    return (finding >= Finding::HostNotFound && finding <= Finding::NoAnswer) ||
           finding == Finding::ServerFull || finding == Finding::ServerStarting ||
           finding == Finding::OnlyStandbys || finding == Finding::Failed;
}

QString Diagnosis::code() const
{
    // "HostNotFound" is "host_not_found".
    const QString name =
        QString::fromLatin1(QMetaEnum::fromType<Finding>().valueToKey(static_cast<int>(finding)));
    QString words;
    for (const QChar letter : name) {
        if (letter.isUpper() && !words.isEmpty())
            words += u'_';
        words += letter.toLower();
    }
    return words;
}

} // namespace Branchline
