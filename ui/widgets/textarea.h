// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace Branchline {

/// A field of several lines. Tab leaves it.
class TextArea final : public QPlainTextEdit
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TextArea)

public:
    /// `lines` is the height; longer texts scroll.
    explicit TextArea(int lines, QWidget *parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

private:
    int m_lines;
};

} // namespace Branchline
