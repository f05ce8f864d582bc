// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace Branchline::Internal {

/// The folder of a backup while it is being made: DIR.part beside its place, so that one which was killed or
/// failed is never taken for a whole one. It is removed with this object, unless finish() was reached; what a
/// kill left is removed by the next backup of that name. Only the account that makes it can read it.
class BackupFolder final
{
public:
    /// Throws Conflict when DIR exists already or another program is making it, and Configuration when the
    /// folder cannot be made.
    BackupFolder(const QString &directory, const std::function<void(const QString &)> &progress);
    ~BackupFolder();
    Q_DISABLE_COPY_MOVE(BackupFolder)

    /// The name of the file that tells a folder which is being made from any other.
    [[nodiscard]] static QString marker() { return QStringLiteral("unfinished-backup"); }

    /// Where the files go meanwhile.
    [[nodiscard]] const QString &path() const { return m_path; }
    /// Gives it its name, when all of it is on the disk.
    void finish();

private:
    void make(const std::function<void(const QString &)> &progress);
    [[nodiscard]] bool makeNew();
    void removeLeftover(const std::function<void(const QString &)> &progress);
    [[nodiscard]] bool lock();
    void makePrivate() const;

    QString m_directory;
    QString m_path;
    int m_descriptor = -1; ///< of the folder, locked
    bool m_isFinished = false;
};

} // namespace Branchline::Internal
