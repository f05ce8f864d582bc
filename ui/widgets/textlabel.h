// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QLabel>

namespace Branchline {

/// Plain text in one of the sizes of the type scale, in the text colour or muted; follows the theme. With
/// elision the text is cut with an ellipsis where it does not fit, and then is its own tool tip.
class TextLabel final : public QLabel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TextLabel)

public:
    explicit TextLabel(TextRole role = TextRole::Body, bool semiBold = false, bool muted = false,
                       QWidget *parent = nullptr);

    void setMuted(bool muted);
    void setElided(bool elided);
    /// In a status colour instead; None is back to the text colour or muted.
    void setStatus(Status status);

    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_muted;
    Status m_status = Status::None;
    bool m_elided = false;
};

} // namespace Branchline
