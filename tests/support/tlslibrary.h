// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// A prepared library whose server also listens on a loopback address of its own, with TLS and certificates
/// made by the openssl command: an authority, and certificates of it that are right, expired and for another
/// host; and another authority that did not sign anything here. The server's certificate names
/// "library.test", which addresses give together with `hostaddr`, so no name server is asked.
///
/// Staff (password "Gr33n-Lighthouse!" each): anna has rights; stranger has none; oldstyle is anna with a
/// password kept as MD5; closed may not log in; elsewhere is refused by pg_hba.conf.
class TlsLibrary final
{
public:
    explicit TlsLibrary(QStringList shards = {QStringLiteral("alpha")});

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

    /// Which certificate the server shows from now on: "right", "expired" or "otherhost".
    void useCertificate(const QString &name);
    /// Whether the server offers TLS from now on.
    void setTls(bool on);

private:
    [[nodiscard]] bool makeCertificates();
    [[nodiscard]] bool openssl(const QStringList &arguments);
    void makeStaff();
    void reload(const QString &setting, const QString &value);
    [[nodiscard]] QString file(const QString &name) const { return m_folder + u'/' + name; }

    PreparedLibrary m_library;
    QString m_folder; ///< of keys and certificates, inside the library's
    QString m_address;
    QString m_errorText;
};

} // namespace Branchline
