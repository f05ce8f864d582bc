// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QStackedWidget;
class QTimer;

namespace Branchline {

class EmptyState;
class TableView;

/// What a list says instead of its rows.
struct ListWords
{
    QString icon;
    QString title;
    QString sentence;
    QString footer;
};

/// A table with everything that a list can be: loading, rows, old rows, or words in their place. The line
/// that tells of loading comes after 150 ms and moves nothing.
class ListPane final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ListPane)

public:
    explicit ListPane(const QString &accessibleName, QWidget *parent = nullptr);

    TableView *table() const { return m_table; }
    /// Rows are on their way; what is shown stays.
    void showLoading();
    /// The rows of the model; stale ones are muted.
    void showRows(bool stale = false);
    /// Words in place of the rows; actions become buttons and are not owned.
    void showWords(const ListWords &words, const QList<QAction *> &actions = {});
    /// Whether words are shown.
    bool isEmpty() const;
    QString words() const;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    TableView *m_table;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    QWidget *m_line;
    QTimer *m_delay;
};

} // namespace Branchline
