// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/overlay.h"
#include "ui/shell/shelltypes.h"

#include <QList>

class QListView;
class QSortFilterProxyModel;
class QStandardItemModel;

namespace Branchline {

class SearchField;
class TextLabel;

/// The list of branches: type to find, up and down to move, Enter to choose.
class BranchOverlay final : public Overlay
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchOverlay)

public:
    explicit BranchOverlay(QWidget *parent);

    void setBranches(const QList<BranchItem> &branches, const QString &currentId);
    /// Where the card's upper start corner stands, in the parent's coordinates.
    void setAnchor(const QRect &switcher);

Q_SIGNALS:
    void chosen(const QString &id);

protected:
    QRect cardRect() const override;
    QWidget *firstFocus() override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void filter(const QString &words);
    void chooseCurrent();
    void selectRow(int row);

    SearchField *m_field;
    QListView *m_list;
    TextLabel *m_nothing;
    QStandardItemModel *m_model;
    QSortFilterProxyModel *m_found;
    QRect m_anchor;
};

} // namespace Branchline
