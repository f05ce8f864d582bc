// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

namespace Branchline {

class Button;
class IconLabel;
class TextLine;

/// The foot of a form: what is not saved yet, how much is wrong, and undo, discard and save at the end.
class EditorFoot final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EditorFoot)

public:
    explicit EditorFoot(QWidget *parent = nullptr);

    /// The labels of the fields that were changed.
    void setChanges(const QStringList &labels);
    void setWrong(int count);
    /// While an answer is awaited.
    void setBusy(bool busy);
    void setCanUndo(bool can);
    void setCanSave(bool can);
    /// Why saving is off; empty: it is not. Said beside the button and in its tooltip.
    void setRefusal(const QString &why);
    /// "Save" unless said otherwise.
    void setSaveText(const QString &text);

Q_SIGNALS:
    void undoRequested();
    void discardRequested();
    void saveRequested();

private:
    TextLine *m_changes;
    TextLine *m_labels;
    IconLabel *m_wrongIcon;
    TextLine *m_wrong;
    Button *m_undo;
    Button *m_discard;
    Button *m_save;
    IconLabel *m_refusalIcon;
    TextLine *m_refusal;
    bool m_busy = false;
};

} // namespace Branchline
