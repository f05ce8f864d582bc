// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/history/historymodel.h"
#include "ui/widgets/panel.h"

namespace Branchline {

class Button;
class EmptyState;
class TableView;
class TextLabel;
class TextLine;

/// One entry of a history as a whole: what was done to which record, who did it, when and where, and each
/// field with what was there and what is.
class EntryPane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EntryPane)

public:
    explicit EntryPane(QWidget *parent = nullptr);

    void showEntry(const HistoryEntry &entry);
    /// Nothing is selected.
    void clear();
    /// As a page of its own there is a way back to the list.
    void setIsPage(bool isPage);
    /// The fields, for the keyboard and for tests.
    [[nodiscard]] TableView *fields() const { return m_fields; }
    [[nodiscard]] Button *openButton() const { return m_open; }
    /// What is said above the fields, in lines.
    [[nodiscard]] QString words() const;

Q_SIGNALS:
    void backRequested();
    /// The record that the shown entry is about.
    void recordRequested();

private:
    QWidget *makeHead();
    void showWhole();

    HistoryModel *m_model;
    Button *m_back;
    EmptyState *m_nothing;
    QWidget *m_head = nullptr;
    TextLine *m_title = nullptr;
    TextLine *m_record = nullptr;
    QList<TextLine *> m_facts; ///< when, who, workstation, branch, database
    QList<TextLabel *> m_labels;
    Button *m_open = nullptr;
    TextLabel *m_none;
    TableView *m_fields;
    TextLabel *m_whole; ///< of the current field
};

} // namespace Branchline
