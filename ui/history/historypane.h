// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/history/historysession.h"

#include <QWidget>

class QAction;

namespace Branchline {

class Button;
class ListPane;
class TextLine;

/// A history as a table: who, when, from which desk, and field by field what was there and what is. Below it,
/// how far it goes and "Show older". GUI thread only.
class HistoryPane final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HistoryPane)

public:
    /// Takes the session.
    explicit HistoryPane(HistorySession *session, QWidget *parent = nullptr);

    [[nodiscard]] HistorySession *session() const { return m_session; }
    [[nodiscard]] ListPane *list() const { return m_list; }
    [[nodiscard]] QString summary() const;

Q_SIGNALS:
    /// It is on screen; whoever owns it asks for the newest entries. Not when older ones were asked for and
    /// only the window or the page around it was away.
    void shown();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void showState();

    HistorySession *m_session;
    QAction *m_retry;
    ListPane *m_list;
    TextLine *m_summary;
    Button *m_older;
    bool m_wasLeft = true;   ///< another part was chosen in its place
    bool m_hasOlder = false; ///< somebody asked for more than the newest entries
};

} // namespace Branchline
