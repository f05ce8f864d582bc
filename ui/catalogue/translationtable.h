// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/editing.h"

#include <QWidget>

class QLabel;

namespace Branchline {

class Button;
class TableView;
class TextArea;
class TextLabel;
class TranslationModel;

/// The titles of a book in other languages, edited in the table itself; below it the description of the
/// selected row. Ctrl+T adds a row, F2 or typing edits a cell, Delete takes the selected row out.
class TranslationTable final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TranslationTable)

public:
    explicit TranslationTable(QWidget *parent = nullptr);

    void setTranslations(const QList<BookTranslation> &translations);
    [[nodiscard]] QList<BookTranslation> translations() const;
    /// A new row, of which the language is asked for first.
    void addRow();
    void removeRow();

Q_SIGNALS:
    void edited();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void fit();
    void showDescription();

    TranslationModel *m_model;
    TableView *m_table;
    Button *m_add;
    Button *m_remove;
    QWidget *m_textRow;
    TextLabel *m_textLabel;
    TextArea *m_text;
};

} // namespace Branchline
