// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/windowsettings.h"

#include <QSettings>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QSettings file()
{
    return QSettings(u"branchline"_s, u"window"_s);
}

} // namespace

WindowSettings::WindowSettings()
{
    m_writer.setMaxThreadCount(1);
    const QSettings settings = file();
    for (const QString &key : settings.allKeys())
        m_values.insert(key, settings.value(key));
}

WindowSettings::~WindowSettings()
{
    flush();
}

void WindowSettings::flush()
{
    m_writer.waitForDone();
}

QVariant WindowSettings::value(const QString &key, const QVariant &fallback) const
{
    return m_values.value(key, fallback);
}

void WindowSettings::setValue(const QString &key, const QVariant &value)
{
    if (m_values.value(key) == value)
        return;
    m_values.insert(key, value);
    m_writer.start([key, value] { file().setValue(key, value); });
}

WindowSettings &windowSettings()
{
    static WindowSettings settings;
    return settings;
}

} // namespace Branchline
