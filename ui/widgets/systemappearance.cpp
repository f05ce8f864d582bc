// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/systemappearance.h"

#include <QFile>
#include <QGuiApplication>
#include <QStyleHints>

#ifdef BRANCHLINE_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#endif

using namespace Qt::StringLiterals;

namespace Branchline {

SystemAppearance::SystemAppearance(QObject *parent)
    : QObject(parent)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this,
            &SystemAppearance::changed);
#else
    askPortal();
#endif
}

std::optional<bool> SystemAppearance::isDark() const
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown)
        return scheme == Qt::ColorScheme::Dark;
#endif
    return m_dark;
}

#ifdef BRANCHLINE_DBUS

namespace {

const auto service = "org.freedesktop.portal.Desktop"_L1;
const auto path = "/org/freedesktop/portal/desktop"_L1;
const auto interface = "org.freedesktop.portal.Settings"_L1;
const auto group = "org.freedesktop.appearance"_L1;
const auto key = "color-scheme"_L1;

/// Asking for a bus where none runs would start one; a program without a desktop must not.
bool hasSessionBus()
{
    const QString platform = QGuiApplication::platformName();
    if (platform == "offscreen"_L1 || platform == "minimal"_L1)
        return false;
    return qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS") ||
           QFile::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + u"/bus"_s);
}

} // namespace

void SystemAppearance::askPortal()
{
    if (!hasSessionBus())
        return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service, path, interface, u"SettingChanged"_s, this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage question = QDBusMessage::createMethodCall(service, path, interface, u"Read"_s);
    question.setArguments({QString(group), QString(key)});
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply(*watcher);
        if (reply.isError())
            return; // no portal here
        // The answer is a variant in a variant.
        const QVariant outer = reply.value().variant();
        take(outer.canConvert<QDBusVariant>() ? outer.value<QDBusVariant>().variant().toUInt()
                                              : outer.toUInt());
    });
}

void SystemAppearance::settingChanged(const QString &changedGroup, const QString &changedKey,
                                      const QDBusVariant &value)
{
    if (changedGroup == group && changedKey == key)
        take(value.variant().toUInt());
}

#else

void SystemAppearance::askPortal() {}

#endif

void SystemAppearance::take(uint scheme)
{
    // 1 dark, 2 light, anything else no wish
    const std::optional<bool> dark = scheme == 1   ? std::optional(true)
                                     : scheme == 2 ? std::optional(false)
                                                   : std::nullopt;
    if (dark == m_dark)
        return;
    m_dark = dark;
    Q_EMIT changed();
}

} // namespace Branchline
