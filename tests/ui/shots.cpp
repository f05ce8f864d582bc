// SPDX-License-Identifier: GPL-3.0-or-later
// branchline-shots FOLDER: takes pictures of the desk and the catalogue in each of their states, to be laid
// beside the design. Not a test; run it with QT_QPA_PLATFORM=offscreen.
#include "tests/ui/importdata.h"
#include "tests/ui/viewdata.h"
#include "ui/catalogue/catalogueview.h"
#include "ui/catalogue/importview.h"
#include "ui/desk/deskview.h"
#include "ui/shell/mainwindow.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDir>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QDir outputFolder;

void take(QWidget &window, const QString &name)
{
    window.show();
    QTest::qWait(60);
    if (!window.grab().save(outputFolder.filePath(name + u".png"_s)))
        qFatal("The picture %s cannot be written.", qPrintable(name));
}

// The frame as it looks at a desk of Hillside.
void fillFrame(MainWindow &window)
{
    const auto ok = StatusLight::State::Ok;
    window.setBranches({{u"1"_s, u"HILL"_s, u"Hillside"_s, u"north"_s, ok}});
    window.setCurrentBranch(u"1"_s);
    QList<DatabaseLight> lights{
        {.name = u"main"_s, .label = u"main database"_s, .state = ok, .isMain = true}};
    for (const auto &name : {u"north"_s, u"south"_s, u"tertiary"_s})
        lights.append(
            {.name = name, .label = name, .state = ok, .isOwn = name == u"north"_s, .milliseconds = 9});
    window.setLights(lights, u"3 of 3 shards"_s);
    window.setPerson(u"librarian"_s);
    window.setMiddleText(QString());
    window.resize(1366, 768);
}

struct Desk
{
    QStandardItemModel out;
    QStandardItemModel in;
    MainWindow window; // before it goes, its views let go of the models
    DeskView &view = *new DeskView;

    Desk()
    {
        view.setScanModel(DeskView::Mode::CheckOut, &out);
        view.setScanModel(DeskView::Mode::CheckIn, &in);
        fillFrame(window);
        window.addPage(MainWindow::Page::Desk, &view);
    }
    void checkOut()
    {
        ViewData::fillCheckOut(out);
        view.setPatron(ViewData::patron());
        view.setDueDate(u"Mon 14 Dec 2026"_s, u"21 days, rule 12"_s);
        view.setCounts(
            {.scans = 7, .lent = 2, .refused = 1, .unknown = 1, .waiting = 1, .renewed = 1, .undone = 1});
        window.setMiddleText(u"2 scans kept on this desk until answered"_s);
    }
    void checkIn()
    {
        ViewData::fillCheckIn(in);
        view.setMode(DeskView::Mode::CheckIn);
        view.setResult(ViewData::shelveHere());
        view.setCounts({.scans = 9, .returned = 8, .refused = 1});
        window.setMiddleText(u"All scans saved"_s);
    }
};

struct Catalogue
{
    QStandardItemModel books;
    QStandardItemModel copies;
    MainWindow window;
    CatalogueView &view = *new CatalogueView;

    Catalogue()
    {
        ViewData::fillBooks(books, u"eco"_s);
        ViewData::fillCopies(copies);
        view.setBookModel(&books);
        view.setCopyModel(&copies);
        fillFrame(window);
        window.addPage(MainWindow::Page::Desk, new QWidget);
        window.addPage(MainWindow::Page::Catalogue, &view);
        window.showPage(MainWindow::Page::Catalogue);
    }
    void search()
    {
        view.setSearchText(u"eco"_s);
        view.setState(CatalogueView::State::Ready, {.words = u"eco"_s, .count = 14, .asOf = u"10:42:07"_s});
        view.setDetail(ViewData::theNameOfTheRose());
    }
};

void deskPictures(const QString &suffix)
{
    Desk empty;
    empty.view.setCounts({});
    take(empty.window, u"desk-empty"_s + suffix);
    Desk out;
    out.checkOut();
    take(out.window, u"desk-checkout"_s + suffix);
    Desk in;
    in.checkIn();
    take(in.window, u"desk-checkin"_s + suffix);
    Desk last;
    ViewData::fillCheckOut(last.in);
    last.checkOut();
    last.view.setLastScansModel(&last.in);
    last.view.showLastScans(true);
    take(last.window, u"desk-last-scans"_s + suffix);
    Desk renew;
    ViewData::fillRenewals(renew.in);
    renew.view.setScanModel(DeskView::Mode::Renew, &renew.in);
    renew.view.setMode(DeskView::Mode::Renew);
    renew.view.setCounts({.scans = 3, .refused = 1, .renewed = 2});
    take(renew.window, u"desk-renew"_s + suffix);
    Desk small;
    small.checkOut();
    small.window.resize(911, 512);
    take(small.window, u"desk-checkout-small"_s + suffix);
    Desk smallIn;
    smallIn.checkIn();
    smallIn.window.resize(911, 512);
    take(smallIn.window, u"desk-checkin-small"_s + suffix);
}

void cataloguePictures(const QString &suffix)
{
    using State = CatalogueView::State;
    Catalogue start;
    take(start.window, u"catalogue-start"_s + suffix);
    Catalogue search;
    search.search();
    take(search.window, u"catalogue-search"_s + suffix);
    search.view.setState(State::Stale, {.words = u"eco"_s, .count = 14, .asOf = u"10:38"_s});
    BookFacts old = ViewData::theNameOfTheRose();
    old.live = false;
    old.asOf = u"10:38"_s;
    search.view.setDetail(old);
    take(search.window, u"catalogue-stale"_s + suffix);
    search.view.setDetail(ViewData::theNameOfTheRose());
    search.view.setState(State::Ready, {.words = u"eco"_s,
                                        .count = 14,
                                        .asOf = u"10:42:07"_s,
                                        .missing = {u"tertiary"_s},
                                        .answered = 7,
                                        .total = 8});
    take(search.window, u"catalogue-partial"_s + suffix);
    search.view.setState(State::NoMatch,
                         {.words = u"tolkein"_s, .asOf = u"10:42:07"_s, .answered = 8, .total = 8});
    search.view.setSearchText(u"tolkein"_s);
    take(search.window, u"catalogue-nomatch"_s + suffix);
    search.view.setState(State::Failed, {.words = u"eco"_s});
    take(search.window, u"catalogue-failed"_s + suffix);
    Catalogue middle;
    middle.search();
    middle.window.resize(1110, 680);
    take(middle.window, u"catalogue-middle"_s + suffix);
    Catalogue small;
    small.search();
    small.window.resize(911, 512);
    take(small.window, u"catalogue-small"_s + suffix);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    take(small.window, u"catalogue-small-book"_s + suffix);
}

// The sheet of an import over the catalogue, step by step.
void importPictures(const QString &suffix)
{
    for (const auto &[size, name] :
         {std::pair(QSize(1366, 768), u"import-"_s), std::pair(QSize(911, 512), u"import-small-"_s)}) {
        Catalogue page;
        auto *view = new ImportView;
        page.window.openSheet(view);
        page.window.resize(size);
        take(page.window, name + u"choose"_s + suffix);
        view->showPreview(ImportData::preview());
        take(page.window, name + u"preview"_s + suffix);
        view->showProgress(ImportData::progress(), false);
        take(page.window, name + u"running"_s + suffix);
        view->showReport(ImportData::report());
        take(page.window, name + u"result"_s + suffix);
    }
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    if (argc != 2)
        qFatal("Name the folder for the pictures: branchline-shots FOLDER");
    outputFolder = QDir(QString::fromLocal8Bit(argv[1]));
    outputFolder.mkpath(u"."_s);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QFont font(u"Inter"_s);
    font.setPointSizeF(10);
    QApplication::setFont(font);
    Theme *theme = Theme::install(application);
    for (const auto mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        theme->setMode(mode);
        const QString suffix = mode == Theme::Mode::Dark ? u"-dark"_s : QString();
        deskPictures(suffix);
        cataloguePictures(suffix);
        importPictures(suffix);
    }
    QApplication::setLayoutDirection(Qt::RightToLeft);
    theme->setMode(Theme::Mode::Light);
    Desk mirrored;
    mirrored.checkOut();
    take(mirrored.window, u"desk-checkout-rtl"_s);
    return 0;
}
