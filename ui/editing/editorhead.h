// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

class QHBoxLayout;

namespace Branchline {

class Button;
class TagLabel;
class TextLabel;

/// The head of a form: back, the page it belongs to, what is edited, and at the end the place in the list it
/// was opened from, with the ways to the one before and behind.
class EditorHead final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EditorHead)

public:
    /// pageName is the page below, such as "Catalogue".
    explicit EditorHead(const QString &pageName, QWidget *parent = nullptr);

    /// tag says what is done: "Editing", "New", "Removed".
    void setTitle(const QString &title, const QString &tag);
    /// index counts from 1; a count of 0 hides it.
    void setPlace(int index, int count);
    /// Takes a button to the end.
    void addButton(Button *button);

Q_SIGNALS:
    void backRequested();
    void previousRequested();
    void nextRequested();

private:
    QHBoxLayout *m_row;
    TextLabel *m_title;
    TagLabel *m_tag;
    TextLabel *m_place;
    Button *m_previous;
    Button *m_next;
};

} // namespace Branchline
