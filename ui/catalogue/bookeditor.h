// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/booksession.h"
#include "ui/editing/editorsheet.h"

namespace Branchline {

class FieldRow;
class TokenField;
class TranslationTable;

/// The form of a book, for a new one and for one that exists.
class BookEditor final : public EditorSheet
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BookEditor)

public:
    /// Takes the session.
    explicit BookEditor(BookSession *session, QWidget *parent = nullptr);

Q_SIGNALS:
    void addCopyRequested(const QUuid &book);

protected:
    void showFacts() override;
    [[nodiscard]] QList<CheckPane::Line> moreChecks() const override;
    [[nodiscard]] int countOf(const QString &section) const override;
    [[nodiscard]] QString subject() const override;

private:
    void addTitleRows();
    void addPeople();
    void addPublication();
    void addSubjects();
    void addParts();

    BookSession *m_book;
    FieldRow *m_isbnRow = nullptr;
    TokenField *m_authors = nullptr;
    TokenField *m_categories = nullptr;
    TranslationTable *m_translations = nullptr;
};

} // namespace Branchline
