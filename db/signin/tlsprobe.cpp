// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/serverprobe.h"

#include <QFile>
#include <QStringList>
#include <QTimeZone>

#include <algorithm>
#include <memory>

#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

template <auto Free>
struct Freed
{
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Freed<SSL_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

QDateTime timeOf(const ASN1_TIME *time)
{
    tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return QDateTime(QDate(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday),
                     QTime(parts.tm_hour, parts.tm_min, std::min(parts.tm_sec, 59)), Qt::UTC);
}

QString commonName(const X509_NAME *name)
{
    if (!name)
        return {};
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0)
        return {};
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return QString::fromUtf8(reinterpret_cast<const char *>(ASN1_STRING_get0_data(text)),
                             ASN1_STRING_length(text));
}

/// The names a certificate is for, at most a handful; a sentence has to hold them.
QString namesOf(X509 *certificate)
{
    constexpr int most = 4;
    QStringList names;
    const std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> list(
        static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    const int count = list ? sk_GENERAL_NAME_num(list.get()) : 0;
    for (int i = 0; i < count && names.size() < most; ++i) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(list.get(), i);
        if (name->type == GEN_DNS)
            names << QString::fromLatin1(
                reinterpret_cast<const char *>(ASN1_STRING_get0_data(name->d.dNSName)),
                ASN1_STRING_length(name->d.dNSName));
    }
    if (names.isEmpty())
        names << commonName(X509_get_subject_name(certificate));
    return names.join(u", "_s);
}

bool isFor(X509 *certificate, const QByteArray &host)
{
    return X509_check_ip_asc(certificate, host.constData(), 0) == 1 ||
           X509_check_host(certificate, host.constData(), static_cast<size_t>(host.size()), 0, nullptr) == 1;
}

bool shakeHands(SSL *tls, int socket, const QDeadlineTimer &deadline)
{
    while (!deadline.hasExpired()) {
        const int done = SSL_connect(tls);
        if (done == 1)
            return true;
        const int reason = SSL_get_error(tls, done);
        if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
            return false;
        pollfd entry{socket, static_cast<short>(reason == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
        if (::poll(&entry, 1, static_cast<int>(std::clamp<qint64>(deadline.remainingTime(), 0, 60'000))) <= 0)
            return false;
    }
    return false;
}

} // namespace

void probeTls(int socket, const ConnectionUrl &url, const QDeadlineTimer &deadline, ServerProbe &probe)
{
    probe.tls = ServerProbe::Tls::Failed;
    const Context context(SSL_CTX_new(TLS_client_method()));
    if (!context)
        return;
    // The handshake goes on with a wrong certificate: it is looked at, and nothing is sent.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    const QByteArray root = QFile::encodeName(rootCertificateFile(url));
    SSL_CTX_load_verify_locations(context.get(), root.constData(), nullptr);
    const Tls tls(SSL_new(context.get()));
    if (!tls || SSL_set_fd(tls.get(), socket) != 1)
        return;
    const QByteArray host = url.host().toUtf8();
    if (!host.isEmpty())
        SSL_set_tlsext_host_name(tls.get(), host.constData());
    if (!shakeHands(tls.get(), socket, deadline))
        return;
    const Certificate certificate(SSL_get1_peer_certificate(tls.get()));
    if (!certificate)
        return;
    probe.tls = ServerProbe::Tls::Offered;
    probe.certificateError = static_cast<int>(SSL_get_verify_result(tls.get()));
    probe.isForHost = isFor(certificate.get(), host);
    probe.names = namesOf(certificate.get());
    probe.issuer = commonName(X509_get_issuer_name(certificate.get()));
    probe.validFrom = timeOf(X509_get0_notBefore(certificate.get()));
    probe.validUntil = timeOf(X509_get0_notAfter(certificate.get()));
}

} // namespace Branchline::Internal
