// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/locallibrary.h"

#include <QProcess>
#include <QTemporaryDir>

#include <memory>

namespace Branchline {

/// A local library in a temporary folder for one test program: by default a server for each database, so that
/// each can be stopped, killed and frozen alone. Works for root and for ordinary users. Everything is removed
/// by the destructor, and also when the test program itself dies.
///
///     TestLibrary library;
///     QVERIFY2(library.start(), qPrintable(library.errorText()));
///     … library.url(u"main"_s) …
///
/// Servers are named "main" and "<shard>_shard". Copies of a library that was made once per build are used,
/// since making one takes seconds.
class TestLibrary final
{
public:
    enum class Servers { Separate, Shared };

    explicit TestLibrary(QStringList shards = LocalOptions().shards, Servers servers = Servers::Separate);
    ~TestLibrary();
    Q_DISABLE_COPY_MOVE(TestLibrary)

    /// For QTemporaryDir: where libraries of tests lie. In memory when there is plenty of it and TMPDIR does
    /// not say otherwise, since the servers write everything to the disk in earnest.
    [[nodiscard]] static QString folderPattern();

    /// Starts every server. False with errorText() when that fails.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_errorText; }

    [[nodiscard]] const LocalLibrary &library() const { return *m_library; }
    [[nodiscard]] QString directory() const { return m_folder.path(); }
    [[nodiscard]] LocalStatus status() const;
    [[nodiscard]] LocalAddresses superuser() const { return status().superuser(); }
    [[nodiscard]] LocalAddresses desk() const { return status().desk(); }
    /// The address of the database "main" or "<shard>_shard", for the superuser or another login.
    [[nodiscard]] ConnectionUrl url(const QString &name,
                                    const QString &user = LocalLibrary::superuserName()) const;

    /// These name a server; with Servers::Shared there is only "library". False with errorText() on failure.
    [[nodiscard]] bool stopServer(const QString &name);
    [[nodiscard]] bool startServer(const QString &name);
    /// Kills the server's first process as a crash would; its children end by themselves a moment later.
    [[nodiscard]] bool kill9(const QString &name);
    /// Stops every process of the server in its tracks: connections stay open and nobody answers.
    [[nodiscard]] bool freeze(const QString &name);
    [[nodiscard]] bool thaw(const QString &name);
    /// The first process of the server, or 0.
    [[nodiscard]] qint64 processId(const QString &name) const;

private:
    [[nodiscard]] bool note(const DbError &error);
    void guard();

    QTemporaryDir m_folder;
    LocalOptions m_options;
    std::unique_ptr<LocalLibrary> m_library;
    QProcess m_guard;
    QString m_errorText;
};

} // namespace Branchline
