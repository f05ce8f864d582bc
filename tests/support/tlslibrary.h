// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// A prepared library whose server also listens on a loopback address of its own, with TLS and certificates
/// made by the openssl command: an authority, and certificates of it that are right, expired and for another
/// host; and another authority that did not sign anything here. The server's certificate names
/// "library.test", which addresses give together with `hostaddr`, so no name server is asked.
///
/// With servers of their own, main and each shard show certificates of their own choice. Main's list of
/// shards names sockets at first, so that branches and copies can be made; publishAddresses() puts the
/// network there.
///
/// Staff (password "Gr33n-Lighthouse!" each): anna and bert have rights; stranger has none; oldstyle is anna
/// with a password kept as MD5; closed may not log in; elsewhere is refused by pg_hba.conf.
class TlsLibrary final
{
public:
    explicit TlsLibrary(QStringList shards = {QStringLiteral("alpha")},
                        TestLibrary::Servers servers = TestLibrary::Servers::Shared);

    /// False with errorText() when something does not come about.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_errorText; }
    [[nodiscard]] PreparedLibrary &library() { return m_library; }

    [[nodiscard]] static QString password() { return QStringLiteral("Gr33n-Lighthouse!"); }
    /// The loopback address, which is this process's own.
    [[nodiscard]] QString address() const { return m_address; }
    /// Main by TCP with the host name of the certificate, verify-full and the right root certificate.
    [[nodiscard]] ConnectionUrl url(const QString &user = QStringLiteral("anna")) const;
    /// The same of a shard.
    [[nodiscard]] ConnectionUrl shardUrl(const QString &shard,
                                         const QString &user = QStringLiteral("anna")) const;
    /// "ca" signed the server's certificates, "other" did not.
    [[nodiscard]] QString rootCertificate(const QString &authority = QStringLiteral("ca")) const;

    /// Main's list of shards gives the loopback address from now on, for which the certificates are, too.
    void publishAddresses();

    /// Which certificate the server of a database shows from now on: "right", "expired", "future" or
    /// "otherhost".
    void useCertificate(const QString &name, const QString &database = QStringLiteral("main"));
    /// Whether the server of a database offers TLS from now on.
    void setTls(bool on, const QString &database = QStringLiteral("main"));
    /// Another setting of a server, which it takes without a new start.
    void setServer(const QString &setting, const QString &value,
                   const QString &database = QStringLiteral("main"));

private:
    [[nodiscard]] bool makeCertificates();
    [[nodiscard]] bool openssl(const QStringList &arguments);
    [[nodiscard]] bool listen();
    void makeStaff();
    [[nodiscard]] QString file(const QString &name) const { return m_folder + u'/' + name; }

    PreparedLibrary m_library;
    QMap<QString, QString> m_servers; ///< by name, one database of each
    QString m_folder;                 ///< of keys and certificates, inside the library's
    QString m_address;
    QString m_errorText;
};

} // namespace Branchline
