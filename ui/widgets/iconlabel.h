// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QLabel>

namespace Branchline {

/// An icon that stands beside words; sharp on every screen and in the colour of the theme. It says nothing
/// to screen readers, the words beside it do.
class IconLabel final : public QLabel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(IconLabel)

public:
    enum class Tint { Text, Muted, Accent, Status };

    explicit IconLabel(int extent, QWidget *parent = nullptr);

    void setIcon(const QString &name, Tint tint = Tint::Text, Status status = Status::None);

    QSize sizeHint() const override { return {m_extent, m_extent}; }
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_name;
    int m_extent;
    Tint m_tint = Tint::Text;
    Status m_status = Status::None;
};

} // namespace Branchline
