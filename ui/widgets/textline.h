// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QLabel>

namespace Branchline {

/// One line of text in a colour of the theme that is elided instead of widening its window; the whole text is
/// then the tooltip. Takes its colour when it paints, so a change of theme needs nothing.
class TextLine final : public QLabel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TextLine)

public:
    enum class Tone { Text, Muted, Status };

    explicit TextLine(TextRole role, bool semiBold = false, Tone tone = Tone::Text,
                      QWidget *parent = nullptr);

    /// Another size, for windows with little room.
    void setRole(TextRole role, bool semiBold);
    void setTone(Tone tone);
    /// The colour of a status; Status::None is the colour of text.
    void setStatus(Status status);
    /// Off: the line claims the width of its text and is never elided. On at first.
    void setElided(bool elided);

    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QColor color() const;

    Tone m_tone;
    Status m_status = Status::None;
    bool m_elided = true;
};

} // namespace Branchline
