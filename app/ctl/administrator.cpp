// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/administrator.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

} // namespace

QCommandLineOption adminUrlOption()
{
    return {u"admin-url"_s,
            tr("Signs in to every server as the user of this address, a superuser, and to its database while "
               "databases are made."),
            u"URL"_s};
}

ConnectionUrl adminUrl(Context &context)
{
    const QString option = u"admin-url"_s;
    if (!context.isSet(option))
        return {};
    const ConnectionUrl admin = ConnectionUrl::parse(context.value(option), "--"_L1 + option).valueOrThrow();
    if (admin.hasPassword())
        throw DbException(passwordInAddress("--"_L1 + option));
    return admin;
}

AdminAddresses administratorsAddresses(Context &context)
{
    const ConnectionUrl admin = adminUrl(context);
    if (admin.isEmpty())
        return context.signedInAsAdmin();
    AdminAddresses addresses = context.adminAddresses();
    const auto signIn = [&admin](const ConnectionUrl &url) {
        return url.with(u"user"_s, admin.user()).with(u"password"_s, {});
    };
    addresses.main = signIn(addresses.main);
    for (auto &[name, url] : addresses.shards)
        url = signIn(url);
    return addresses;
}

std::unique_ptr<Cluster> administratorsCluster(Context &context, const AdminAddresses &addresses)
{
    ClusterConfig config = context.config();
    config.main = addresses.main;
    for (const auto &[name, url] : addresses.shards)
        config.shardUrls.insert(name, url);
    return std::make_unique<Cluster>(config, u"branchlinectl "_s + QSysInfo::machineHostName());
}

} // namespace Branchline::Ctl
