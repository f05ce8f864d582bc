// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QLabel>

namespace Branchline {

/// A small word on a ground of its own, 20 high: "Adult", or with a status "Blocked until 3 Mar" with icon.
class TagLabel : public QLabel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TagLabel)

public:
    explicit TagLabel(const QString &text = {}, Status status = Status::None, QWidget *parent = nullptr);

    void setTag(const QString &text, Status status = Status::None);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Status m_status;
};

} // namespace Branchline
