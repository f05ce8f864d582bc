// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tlslibrary.h"

#include "db/local/locallayout.h"
#include "db/local/serverlaunch.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// For "openssl ca", which alone takes any beginning and end of validity.
constexpr auto authorityConfig = R"([ca]
default_ca = here
[here]
database = %1/index.txt
new_certs_dir = %1
serial = %1/serial
default_md = sha256
policy = anything
copy_extensions = copy
unique_subject = no
[anything]
commonName = supplied
)";

constexpr auto accessRules = R"(
local   all all                                     peer map=branchline
local   replication all                             peer map=branchline
hostssl all elsewhere            all                reject
host    all oldstyle             all                md5
hostssl all onlytls              all                scram-sha-256
host    all anna,bert,stranger,closed all                scram-sha-256
host    all nobody               all                scram-sha-256
)";

bool writeTo(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() &&
           file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

} // namespace

TlsLibrary::TlsLibrary(QStringList shards, TestLibrary::Servers servers)
    : m_library(servers, std::move(shards))
{
    if (servers == TestLibrary::Servers::Shared) {
        m_servers.insert(u"library"_s, u"main"_s);
    } else {
        m_servers.insert(u"main"_s, u"main"_s);
        for (const QString &shard : m_library.shards())
            m_servers.insert(shard + "_shard"_L1, shard + "_shard"_L1);
    }
    const auto pid = QCoreApplication::applicationPid();
    m_address = u"127.%1.%2.%3"_s.arg(100 + (pid >> 14) % 100).arg((pid >> 7) % 128).arg(1 + pid % 128);
}

bool TlsLibrary::start()
{
    if (!m_library.start()) {
        m_errorText = m_library.errorText();
        return false;
    }
    m_folder = m_library.servers().directory() + "/tls"_L1;
    if (!makeCertificates()) {
        m_errorText = u"openssl did not make the certificates in %1."_s.arg(m_folder);
        return false;
    }
    makeStaff();
    return listen();
}

bool TlsLibrary::listen()
{
    for (auto server = m_servers.cbegin(); server != m_servers.cend(); ++server) {
        for (const auto &[name, value] : {std::pair("listen_addresses"_L1, m_address),
                                          {"hba_file"_L1, file(u"rules.conf"_s)},
                                          {"ssl_cert_file"_L1, file(u"right.crt"_s)},
                                          {"ssl_key_file"_L1, file(u"right.key"_s)},
                                          {"ssl"_L1, u"on"_s}})
            m_library.ddl(server.value(), u"ALTER SYSTEM SET %1 = '%2'"_s.arg(name, value));
        if (!m_library.servers().stopServer(server.key()) || !m_library.servers().startServer(server.key())) {
            m_errorText = m_library.servers().errorText();
            return false;
        }
    }
    return true;
}

void TlsLibrary::publishAddresses()
{
    for (const QString &shard : m_library.shards()) {
        const ConnectionUrl url = m_library.servers().url(shard + "_shard"_L1);
        m_library.sql(u"main"_s, u"SELECT public.register_shard(id, name, '%2', '%3', database, NULL) "
                                 "FROM public.shards WHERE name = '%1'"_s.arg(shard, m_address, url.port()));
    }
}

ConnectionUrl TlsLibrary::url(const QString &user) const
{
    return m_library.servers()
        .url(u"main"_s, user)
        .with(u"host"_s, u"library.test"_s)
        .with(u"hostaddr"_s, m_address)
        .with(u"sslmode"_s, u"verify-full"_s)
        .with(u"sslrootcert"_s, rootCertificate())
        .with(u"password"_s, password());
}

ConnectionUrl TlsLibrary::shardUrl(const QString &shard, const QString &user) const
{
    const ConnectionUrl local = m_library.servers().url(shard + "_shard"_L1);
    return url(user).with(u"dbname"_s, local.database()).with(u"port"_s, local.port());
}

QString TlsLibrary::rootCertificate(const QString &authority) const
{
    return file(authority + ".crt"_L1);
}

bool TlsLibrary::openssl(const QStringList &arguments)
{
    const auto account = Internal::LocalLayout(m_library.servers().directory()).owner();
    const int status = Internal::runProgram({.program = u"/usr/bin/openssl"_s,
                                             .arguments = arguments,
                                             .outputFile = file(u"openssl.log"_s),
                                             .account = account},
                                            -1, std::chrono::seconds(30));
    return status == 0;
}

bool TlsLibrary::makeCertificates()
{
    const auto account = Internal::LocalLayout(m_library.servers().directory()).owner();
    const Internal::FileIdentity identity(account);
    bool done =
        QDir().mkpath(m_folder) &&
        writeTo(file(u"ca.conf"_s), QString(QLatin1StringView(authorityConfig)).arg(m_folder).toUtf8()) &&
        writeTo(file(u"index.txt"_s), {}) && writeTo(file(u"serial"_s), "01\n") &&
        writeTo(file(u"rules.conf"_s), accessRules);
    for (const QString &name : {u"ca"_s, u"other"_s})
        done = done && openssl({u"req"_s, u"-x509"_s, u"-newkey"_s, u"ec"_s, u"-pkeyopt"_s,
                                u"ec_paramgen_curve:prime256v1"_s, u"-nodes"_s, u"-days"_s, u"30"_s,
                                u"-subj"_s, "/CN=Authority "_L1 + name, u"-keyout"_s, file(name + ".key"_L1),
                                u"-out"_s, file(name + ".crt"_L1)});
    struct Wanted
    {
        QString name;
        QString host;
        QString from;
        QString until;
    };
    const QString past = u"20190101000000Z"_s;
    const QString future = u"20991231000000Z"_s;
    for (const Wanted &wanted : {Wanted{u"right"_s, u"library.test"_s, past, future},
                                 Wanted{u"expired"_s, u"library.test"_s, past, u"20200131000000Z"_s},
                                 Wanted{u"future"_s, u"library.test"_s, u"20980131000000Z"_s, future},
                                 Wanted{u"otherhost"_s, u"shop.test"_s, past, future}}) {
        QString names = "subjectAltName=DNS:"_L1 + wanted.host;
        if (wanted.host == "library.test"_L1)
            names += ",IP:"_L1 + m_address;
        done = done && openssl({u"req"_s, u"-new"_s, u"-newkey"_s, u"ec"_s, u"-pkeyopt"_s,
                                u"ec_paramgen_curve:prime256v1"_s, u"-nodes"_s, u"-subj"_s,
                                "/CN="_L1 + wanted.host, u"-addext"_s, names, u"-keyout"_s,
                                file(wanted.name + ".key"_L1), u"-out"_s, file(wanted.name + ".csr"_L1)});
        done = done && openssl({u"ca"_s, u"-batch"_s, u"-notext"_s, u"-config"_s, file(u"ca.conf"_s),
                                u"-cert"_s, file(u"ca.crt"_s), u"-keyfile"_s, file(u"ca.key"_s),
                                u"-startdate"_s, wanted.from, u"-enddate"_s, wanted.until, u"-in"_s,
                                file(wanted.name + ".csr"_L1), u"-out"_s, file(wanted.name + ".crt"_L1)});
    }
    return done;
}

void TlsLibrary::makeStaff()
{
    const QString main = u"main"_s;
    for (const QString &login :
         {u"anna"_s, u"bert"_s, u"stranger"_s, u"closed"_s, u"elsewhere"_s, u"oldstyle"_s, u"onlytls"_s}) {
        for (const QString &database : std::as_const(m_servers))
            m_library.ddl(database,
                          u"SET password_encryption = '%3'; CREATE ROLE %1 %4 PASSWORD '%2' IN ROLE "
                          "branchline_staff; RESET password_encryption"_s.arg(
                              login, password(), login == "oldstyle"_L1 ? u"md5"_s : u"scram-sha-256"_s,
                              login == "closed"_L1 ? u"NOLOGIN"_s : u"LOGIN"_s));
        if (login == "stranger"_L1)
            continue;
        m_library.sql(main, u"SELECT public.add_staff('%1', '%1')"_s.arg(login));
        m_library.sql(main, u"SELECT public.assign_right('%1', NULL)"_s.arg(login));
    }
    m_library.settle();
}

void TlsLibrary::useCertificate(const QString &name, const QString &database)
{
    m_library.ddl(database, u"ALTER SYSTEM SET ssl_key_file = '%1'"_s.arg(file(name + ".key"_L1)));
    setServer(u"ssl_cert_file"_s, file(name + ".crt"_L1), database);
}

void TlsLibrary::setTls(bool on, const QString &database)
{
    setServer(u"ssl"_s, on ? u"on"_s : u"off"_s, database);
}

/// The server reads its settings again when it gets round to it; a session that shows the new value began
/// after that.
void TlsLibrary::setServer(const QString &setting, const QString &value, const QString &database)
{
    const QByteArray shownText = "SELECT current_setting('" + setting.toLatin1() + "') AS value";
    const Statement shown{"shown"_L1, QLatin1StringView(shownText)};
    m_library.ddl(database, u"ALTER SYSTEM SET %1 = '%2'"_s.arg(setting, value));
    m_library.sql(database, u"SELECT pg_reload_conf()"_s);
    const QDeadlineTimer deadline(10'000);
    while (m_library.newSession(database, LocalLibrary::superuserName())->exec(shown)->row(0).text("value") !=
           value) {
        if (deadline.hasExpired())
            qFatal("The server does not take %s.", qPrintable(setting));
        QTest::qWait(5);
    }
}

} // namespace Branchline
