// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

class QButtonGroup;
class QVBoxLayout;

namespace Branchline {

/// The navigation at the start of the window: the mark and one button for each page there is. Up and down
/// move between the buttons.
class Rail final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Rail)

public:
    explicit Rail(QWidget *parent = nullptr);

    /// id is what chosen() tells; keyText is part of the tool tip.
    void addItem(int id, const QString &iconName, const QString &label, const QString &keyText);
    void setCurrent(int id);
    void setItemShown(int id, bool isShown);
    /// 56 wide without labels; else 96.
    void setCompact(bool compact);
    bool isCompact() const { return m_compact; }

Q_SIGNALS:
    void chosen(int id);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QButtonGroup *m_group;
    QVBoxLayout *m_column;
    bool m_compact = false;
};

} // namespace Branchline
