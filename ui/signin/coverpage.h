// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

class QAbstractButton;
class QVBoxLayout;

namespace Branchline {

class TextLabel;

/// A page that covers the whole window: the mark, a title, a line below it, and a column in the middle that
/// scrolls where the window is too low for it.
class CoverPage : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CoverPage)

public:
    /// `width` is that of the column.
    CoverPage(const QString &title, int width, QWidget *parent = nullptr);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void setTitle(const QString &title);
    void setSubtitle(const QString &text);
    /// Enter presses this button from every field, but on another button that one. In an open drop-down it
    /// only chooses.
    void pressOnEnter(QAbstractButton *button);
    /// Below the head.
    [[nodiscard]] QVBoxLayout *column() const { return m_column; }

private:
    TextLabel *m_title;
    TextLabel *m_subtitle;
    QVBoxLayout *m_column;
};

} // namespace Branchline
