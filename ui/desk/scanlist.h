// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace Branchline {

/// The list of scans of a visit or a batch, newest first. Shows a sentence in the middle while it is empty,
/// never takes the focus by a click (the scan box keeps it) and tells assistive technology what the newest
/// scan became.
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

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void announceNewest();

    QString m_iconName;
    QString m_sentence;
    QMetaObject::Connection m_inserted;
    QMetaObject::Connection m_changed;
};

} // namespace Branchline
