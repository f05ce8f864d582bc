// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#ifdef BRANCHLINE_DBUS
#include <QDBusVariant>
#endif

#include <optional>

namespace Branchline {

/// What the person told the desktop: dark or light. Qt itself knows from 6.5 on; before that the desktop
/// portal is asked over D-Bus, without waiting, and listened to. GUI thread only.
class SystemAppearance final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SystemAppearance)

public:
    explicit SystemAppearance(QObject *parent = nullptr);

    /// Empty while nobody has said anything, or where there is nobody to ask.
    std::optional<bool> isDark() const;

Q_SIGNALS:
    void changed();

private:
    void askPortal();
    void take(uint scheme);

    std::optional<bool> m_dark;

#ifdef BRANCHLINE_DBUS
private Q_SLOTS:
    void settingChanged(const QString &group, const QString &key, const QDBusVariant &value);
#endif
};

} // namespace Branchline
