// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

class QVBoxLayout;

namespace Branchline {

class SectionButton;

/// The parts of a form, 196 wide: each with its icon, how much is in it, and how much of it is wrong.
class SectionsPane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SectionsPane)

public:
    explicit SectionsPane(QWidget *parent = nullptr);

    void addSection(const QString &id, const QString &icon, const QString &name);
    /// count -1: nothing to count. wrong 0: all is well.
    void setCounts(const QString &id, int count, int wrong);
    void setCurrent(const QString &id);

Q_SIGNALS:
    void sectionChosen(const QString &id);

private:
    QVBoxLayout *m_column;
    QList<SectionButton *> m_buttons;
};

} // namespace Branchline
