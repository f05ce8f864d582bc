// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QThreadPool>
#include <QVariant>

namespace Branchline {

/// What the window remembers for this person, such as the branch of the desk:
/// ~/.config/branchline/window.conf. The file that QSettings would choose by itself is branchline.conf, which
/// people write and which says where the databases are; the program must never write there.
///
/// The file is read once, before the window opens, and written by a thread of its own: a slow disk never
/// holds up the window. To be used in the GUI thread.
class WindowSettings final
{
public:
    /// Reads the file.
    WindowSettings();
    ~WindowSettings();
    Q_DISABLE_COPY_MOVE(WindowSettings)

    [[nodiscard]] QVariant value(const QString &key, const QVariant &fallback = {}) const;
    /// Counts at once and is written soon; what other windows wrote under other keys stays.
    void setValue(const QString &key, const QVariant &value);
    /// Waits for what is still being written, before the program ends.
    void flush();

private:
    QHash<QString, QVariant> m_values;
    QThreadPool m_writer; ///< one thread, so that what is set last is written last
};

/// The settings of this program; the first call, in main(), reads them.
[[nodiscard]] WindowSettings &windowSettings();

} // namespace Branchline
