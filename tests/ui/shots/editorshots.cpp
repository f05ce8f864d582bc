// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/editing.h"
#include "db/catalogue/editing.h"
#include "tests/ui/shots/stage.h"
#include "ui/editing/editorsheet.h"

#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

void enter(Stage &stage, EditorSheet *sheet, const QString &field, const QString &text)
{
    QWidget *widget = sheet->field(field);
    auto *line = qobject_cast<QLineEdit *>(widget);
    if (!line)
        line = widget->findChild<QLineEdit *>();
    line->setFocus();
    line->selectAll();
    stage.type(text);
    stage.press(Qt::Key_Tab);
}

} // namespace

void takeEditor(Stage &stage)
{
    stage.open({.page = MainWindow::Page::Catalogue});
    Editing editing(stage.window());
    editing.open(stage.cluster());
    const QUuid rose(stage.ask(u"main"_s, u"SELECT id FROM books WHERE title = 'The Name of the Rose'"_s));
    const QString baudolino = stage.ask(u"main"_s, u"SELECT id FROM books WHERE title = 'Baudolino'"_s);
    editing.editBookOf(rose.toString(QUuid::WithoutBraces), {baudolino, rose.toString(QUuid::WithoutBraces)});
    stage.settle();
    stage.take(u"editor-ready"_s);
    auto *sheet = qobject_cast<EditorSheet *>(stage.window().sheetOf(MainWindow::Page::Catalogue));
    if (!sheet)
        qFatal("The form did not open.");
    enter(stage, sheet, u"publisher"_s, u"Harcourt"_s);
    enter(stage, sheet, u"isbn"_s, u"978-0-15-600131-2"_s);
    stage.settle();
    stage.take(u"editor-error"_s);
    enter(stage, sheet, u"isbn"_s, u"978-0-15-600131-1"_s);

    // Somebody else saves first.
    BookRecord theirs = await(readBookRecord(stage.cluster(), rose)).valueOrThrow();
    theirs.publisher = u"Secker & Warburg"_s;
    if (!await(updateBook(stage.cluster(), theirs, theirs.revision.version)).valueOrThrow().isSaved())
        qFatal("The other change was not saved.");
    stage.press(Qt::Key_S, Qt::ControlModifier);
    stage.pause(1500);
    stage.settle();
    stage.take(u"editor-conflict"_s);
    stage.click(u"Compare"_s);
    stage.take(u"editor-compare"_s);
    stage.window().closeSheet(sheet);

    editing.addBook();
    stage.settle();
    stage.take(u"editor-empty"_s);
    stage.window().closeSheet(stage.window().sheetOf(MainWindow::Page::Catalogue));
}

} // namespace Branchline
