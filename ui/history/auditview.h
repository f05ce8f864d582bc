// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/history/auditmodel.h"
#include "models/history/historysession.h"

#include <QWidget>

class QAction;

namespace Branchline {

class AuditFilterBar;
class Button;
class EntryPane;
class ListPane;
class MessageBar;
class TextLine;

/// The audit page: entries of every record that the person may know of, newest first, filters above them and
/// the chosen entry beside them. Scrolling down reads older ones. GUI thread only.
class AuditView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AuditView)

public:
    explicit AuditView(QWidget *parent = nullptr);

    /// Shows what this session reads, and asks it when filters change; called once. The session outlives
    /// the view or dies with the window.
    void setSession(HistorySession *session);
    /// Reads the newest entries again, with the filters that are on.
    void read();

    [[nodiscard]] AuditFilterBar *filters() const { return m_filters; }
    [[nodiscard]] MessageBar *messages() const { return m_messages; }
    [[nodiscard]] ListPane *list() const { return m_list; }
    [[nodiscard]] EntryPane *pane() const { return m_pane; }
    /// What the foot says.
    [[nodiscard]] QString summary() const;

Q_SIGNALS:
    /// Open the record that the entry is about.
    void recordRequested(const Branchline::HistoryEntry &entry);
    void exportRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeFoot();
    void makeKeys();
    void joinTable();
    void showState();
    void showWords();
    void showEntry();
    void openEntry();
    void back();
    void readMoreNearEnd();
    void arrange();

    HistorySession *m_session = nullptr;
    AuditModel *m_model = nullptr;
    QAction *m_retry;
    QAction *m_clearFilters;
    AuditFilterBar *m_filters;
    MessageBar *m_messages;
    ListPane *m_list;
    EntryPane *m_pane;
    Button *m_export = nullptr;
    TextLine *m_summary = nullptr;
    Button *m_older = nullptr;
    bool m_isNarrow = false;
    bool m_hasMissing = false; ///< the bar tells of databases that did not answer
    bool m_isPaneOpen = false; ///< in a narrow window it is a page of its own
};

} // namespace Branchline
