// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/overlay.h"
#include "ui/shell/shelltypes.h"

class QGridLayout;

namespace Branchline {

class Button;
class TextLabel;

/// Every database in words: whether it answers, in what time, and what to do when it does not. It is what the
/// lights of the status bar mean, and it follows them while it is open.
class DatabaseOverlay final : public Overlay
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DatabaseOverlay)

public:
    explicit DatabaseOverlay(QWidget *parent);

    void setLights(const QList<DatabaseLight> &lights, const QString &summary);

protected:
    QRect cardRect() const override;
    QWidget *firstFocus() override;

private:
    void addRow(int row, const DatabaseLight &light);

    Button *m_close;
    TextLabel *m_summary;
    QWidget *m_rows = nullptr;
    QList<DatabaseLight> m_lights;
};

} // namespace Branchline
