// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/textarea.h"

#include "ui/widgets/typography.h"

namespace Branchline {

TextArea::TextArea(int lines, QWidget *parent)
    : QPlainTextEdit(parent)
    , m_lines(lines)
{
    setProperty("isField", true);
    setFrameShape(QFrame::StyledPanel);
    setTabChangesFocus(true);
    setViewportMargins(4, 2, 2, 2);
    document()->setDocumentMargin(3);
    setFont(textFont(TextRole::Body));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize TextArea::sizeHint() const
{
    return {320, m_lines * fontMetrics().lineSpacing() + 18};
}

} // namespace Branchline
