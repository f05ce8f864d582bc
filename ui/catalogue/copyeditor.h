// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/copysession.h"
#include "ui/editing/editorsheet.h"

namespace Branchline {

class FieldRow;

/// The form of a copy: a new one of a book, or one that exists.
class CopyEditor final : public EditorSheet
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CopyEditor)

public:
    /// Takes the session; pageName is the page below.
    CopyEditor(CopySession *session, const QString &pageName, QWidget *parent = nullptr);

Q_SIGNALS:
    /// Another new copy of the same book.
    void addCopyRequested(const QUuid &book);

protected:
    void showFacts() override;
    [[nodiscard]] QString subject() const override;
    [[nodiscard]] bool isEditable(const QString &key) const override;

private:
    void addPlace();
    void addStatus();
    void showChoices();

    CopySession *m_copy;
    QComboBox *m_material = nullptr;
    QComboBox *m_status = nullptr;
    FieldRow *m_statusRow = nullptr;
    Button *m_another = nullptr;
};

} // namespace Branchline
