// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/bookimport.h"

#include <QObject>
#include <QTimer>

namespace Branchline {

/// One import of a file from the window: look at it, bring it in, say what became of it. GUI thread only; the
/// work is done elsewhere.
class ImportSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportSession)

public:
    enum class State {
        Choosing,   ///< no file yet, or one that cannot be imported: see error()
        Looking,    ///< the file is being looked at
        Ready,      ///< preview() says what is in it
        Running,    ///< progress() says how far it is
        Cancelling, ///< the rows under way are still written
        Finished    ///< report() says what became of it
    };

    /// `cluster` outlives the session.
    explicit ImportSession(Cluster &cluster, QObject *parent = nullptr);
    ~ImportSession() override;

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isRunning() const { return m_state == State::Running || m_state == State::Cancelling; }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    [[nodiscard]] const ImportPreview &preview() const { return m_preview; }
    [[nodiscard]] const ImportReport &report() const { return m_report; }
    [[nodiscard]] ImportProgress progress() const;

    /// Looks at a file. Not while an import runs.
    void choose(const QString &file);
    /// Imports the file that was looked at; also again after one that ended early.
    void start();
    /// Ends the import after the rows under way.
    void cancel();

Q_SIGNALS:
    /// state() and what belongs to it are others.
    void changed();
    /// Some times a second while it runs.
    void progressed();

private:
    void setState(State state);

    Cluster &m_cluster;
    State m_state = State::Choosing;
    std::optional<DbError> m_error;
    ImportPreview m_preview;
    ImportReport m_report;
    std::unique_ptr<BookImport> m_import;
    QTimer m_tick;
    int m_looks = 0; ///< only the answer to the last one counts
};

} // namespace Branchline
