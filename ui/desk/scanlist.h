// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace Branchline {

/// The list of scans of a visit or a batch, newest first. Shows a sentence in the middle while it is empty,
/// never takes the focus by a click (the scan box keeps it) and tells assistive technology what the newest
/// scan became. A row's action ("Undo", "Stop asking") works by click, and for the current row by its menu or
/// Enter; "Undo" by Ctrl+Z, too.
class ScanList final : public QListView
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanList)

public:
    explicit ScanList(QWidget *parent = nullptr);

    /// The icon and the sentence shown while the list is empty.
    void setEmptyText(const QString &iconName, const QString &sentence);
    QString emptyText() const { return m_sentence; }

    void setModel(QAbstractItemModel *model) override;

    /// The row whose action is under the pointer.
    QPersistentModelIndex hoveredAction() const { return m_hovered; }
    /// Undoes the current row, when it can be; false when not.
    bool undoCurrent();
    /// The newest row that can be undone, or an invalid index.
    QModelIndex newestToUndo() const;
    /// Undoes that row; nothing happens when there is none.
    void undoNewest();

Q_SIGNALS:
    /// The row with this Roles::Id is to be undone.
    void undoRequested(const QString &id);
    /// Nobody waits any longer for the answer to the row with this Roles::Id.
    void endRequested(const QString &id);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void announceNewest();
    QModelIndex actionAt(const QPoint &position) const;
    void hover(const QModelIndex &index);
    void request(const QModelIndex &index);
    bool doCurrent();
    void showActions();

    QString m_iconName;
    QString m_sentence;
    QMetaObject::Connection m_inserted;
    QMetaObject::Connection m_changed;
    QAction *m_undo = nullptr;
    QAction *m_end = nullptr;
    QPersistentModelIndex m_hovered;
    QPersistentModelIndex m_pressed;
};

} // namespace Branchline
