// SPDX-License-Identifier: GPL-3.0-or-later
// branchline-form-shots FOLDER: takes pictures of the forms, filled from a library of its own, to be laid
// beside the design. Not a test; run it with QT_QPA_PLATFORM=offscreen, and with QT_SCALE_FACTOR=1.5 for the
// small window.
#include "tests/support/preparedlibrary.h"
#include "ui/catalogue/bookeditor.h"
#include "ui/shell/mainwindow.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QDir outputFolder;

void take(QWidget &window, const QString &name)
{
    QTest::qWait(80);
    if (!window.grab().save(outputFolder.filePath(name + u".png"_s)))
        qFatal("The picture %s cannot be written.", qPrintable(name));
}

BookRecord rose()
{
    return {.id = newUuid(),
            .title = u"The Name of the Rose"_s,
            .isbn13 = u"9780151446476"_s,
            .language = u"en"_s,
            .year = 1983,
            .publisher = u"Harcourt Brace Jovanovich"_s,
            .description =
                u"In 1327 a friar comes to a wealthy abbey to attend a dispute, and is asked instead to "
                "explain a death in the scriptorium. Seven days, seven deaths, and a library that no one "
                "may enter."_s,
            .authors = {{u"Umberto Eco"_s, u"author"_s}, {u"William Weaver"_s, u"translator"_s}},
            .categories = {u"Novels"_s, u"Historical fiction"_s, u"Crime"_s},
            .translations = {{u"it"_s, u"Il nome della rosa"_s, u"Nel 1327 …"_s},
                             {u"de"_s, u"Der Name der Rose"_s, u"Im Jahre 1327 …"_s},
                             {u"fr"_s, u"Le Nom de la rose"_s, {}},
                             {u"ar"_s, u"اسم الوردة"_s, u"…"_s},
                             {u"es"_s, u"El nombre de la rosa"_s, {}}}};
}

struct Frame
{
    MainWindow window;

    Frame()
    {
        const auto ok = StatusLight::State::Ok;
        window.setBranches({{u"1"_s, u"HILL"_s, u"Hillside"_s, u"north"_s, ok}});
        window.setCurrentBranch(u"1"_s);
        window.setLights(
            {{.name = u"main"_s, .label = u"main database"_s, .state = ok, .isMain = true},
             {.name = u"north"_s, .label = u"north"_s, .state = ok, .isOwn = true, .milliseconds = 9}},
            u"1 of 1 shards"_s);
        window.setPerson(u"librarian"_s);
        auto *page = new QWidget;
        window.addPage(MainWindow::Page::Desk, new QWidget);
        window.addPage(MainWindow::Page::Catalogue, page);
        window.showPage(MainWindow::Page::Catalogue);
        const bool isSmall = qEnvironmentVariable("QT_SCALE_FACTOR") == "1.5"_L1;
        window.resize(isSmall ? QSize(911, 512) : QSize(1366, 768));
        window.show();
    }
};

void type(QWidget *field, const QString &text)
{
    auto *line = qobject_cast<QLineEdit *>(field);
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, text);
}

void takeBook(Cluster &cluster, const BookRecord &book, const QString &suffix)
{
    Frame frame;
    auto *session = new BookSession(cluster, book.id);
    session->read();
    auto *sheet = new BookEditor(session);
    sheet->setPlaceInList(1, 42);
    frame.window.openSheet(sheet);
    if (!QTest::qWaitFor([&] { return session->state() == EditSession::State::Ready; }))
        qFatal("The book was not read.");
    take(frame.window, u"book"_s + suffix);
    type(sheet->field(u"publisher"_s), u"Harcourt"_s);
    type(sheet->field(u"isbn"_s), u"978-0-15-144647-8"_s);
    take(frame.window, u"book-error"_s + suffix);
    QTest::keyClick(sheet->field(u"isbn"_s), Qt::Key_U, Qt::AltModifier);

    BookRecord theirs = await(readBookRecord(cluster, book.id)).valueOrThrow();
    theirs.publisher = u"Secker & Warburg"_s;
    theirs.subtitle = suffix.isEmpty() ? u"A novel"_s : u"Novel"_s + suffix;
    if (!await(updateBook(cluster, theirs, theirs.revision.version)).valueOrThrow().isSaved())
        qFatal("The other change was not saved.");
    session->save();
    if (!QTest::qWaitFor([&] { return session->hasConflict(); }))
        qFatal("There was no conflict.");
    take(frame.window, u"book-conflict"_s + suffix);
    for (auto *button : sheet->conflictBar()->findChildren<QPushButton *>()) {
        if (button->text() == u"Compare"_s)
            button->click();
    }
    take(frame.window, u"book-compare"_s + suffix);
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    if (argc != 2)
        return 2;
    outputFolder = QDir(QString::fromLocal8Bit(argv[1]));
    outputFolder.mkpath(u"."_s);
    Theme *theme = Theme::install(application);
    PreparedLibrary library;
    if (!library.start())
        qFatal("%s", qPrintable(library.errorText()));
    const BookRecord book = rose();
    if (!await(createBook(library.cluster(), book)).valueOrThrow().isSaved())
        qFatal("The book was not added.");
    theme->setMode(Theme::Mode::Light);
    takeBook(library.cluster(), book, {});
    theme->setMode(Theme::Mode::Dark);
    takeBook(library.cluster(), book, u"-dark"_s);
    return 0;
}
