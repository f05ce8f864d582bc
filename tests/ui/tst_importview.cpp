// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/importdata.h"
#include "ui/catalogue/importview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDropEvent>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTabBar>
#include <QTest>
#include <QUrl>

using namespace Branchline;
using namespace Qt::StringLiterals;

class ImportViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void fromFileToResult();
    void wrongFile();
    void previewSaysWhatWillHappen();
    void progressIsTold();
    void rejectsAndNotesAreListed();
    void unfinishedIsContinued();
    void filesAreDropped();
    void escapeNeverStopsAnImport();
    void everythingHasAName();

private:
    static bool shows(const QWidget &view, const QString &part);
};

#define SHOW_VIEW(view)                                                                                      \
    ImportView view;                                                                                         \
    view.resize(1270, 690);                                                                                  \
    view.show();                                                                                             \
    view.activateWindow();                                                                                   \
    QVERIFY(QTest::qWaitForWindowActive(&view));                                                             \
    view.setFocus()

void ImportViewTest::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
}

bool ImportViewTest::shows(const QWidget &view, const QString &part)
{
    const auto labels = view.findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(), [&](const QLabel *label) {
        return label->isVisible() && label->text().contains(part);
    });
}

/// A whole import with the keyboard: one key for each step, and the focus is where it is wanted.
void ImportViewTest::fromFileToResult()
{
    SHOW_VIEW(view);
    QSignalSpy choose(&view, &ImportView::chooseRequested);
    QSignalSpy import(&view, &ImportView::importRequested);
    QSignalSpy cancel(&view, &ImportView::cancelRequested);
    QSignalSpy close(&view, &ImportView::closeRequested);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(choose.count(), 1);
    view.showLooking();
    view.showPreview(ImportData::preview());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(import.count(), 1);
    view.showProgress(ImportData::progress(), false);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(cancel.count(), 1);
    view.showProgress(ImportData::progress(), true);
    QVERIFY(shows(view, u"Cancelling"_s));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(import.count(), 1);
    view.showReport(ImportData::report());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(close.count(), 1);
    QCOMPARE(import.count(), 1);
}

void ImportViewTest::wrongFile()
{
    SHOW_VIEW(view);
    view.showLooking();
    view.showChoose(DbError{.kind = DbErrorKind::InvalidValue,
                            .message = u"The file notes.csv is empty."_s,
                            .hint = u"Choose another file."_s});
    QCOMPARE(view.messages()->kind(), MessageBar::Kind::Error);
    QVERIFY(view.messages()->message().contains(u"notes.csv"_s));
    QCOMPARE(view.step(), ImportView::Step::Choose);
    view.showPreview(ImportData::preview());
    QVERIFY(view.messages()->message().isEmpty());
}

void ImportViewTest::previewSaysWhatWillHappen()
{
    SHOW_VIEW(view);
    view.showPreview(ImportData::preview());
    for (const auto &part :
         {u"new-books.csv"_s, u"UTF-8"_s, u"semicolon"_s, u"title, author, isbn13, year, language"_s,
          u"shelf, price"_s, u"new-books.rejects.csv"_s, u"same ISBN"_s})
        QVERIFY2(shows(view, part), qPrintable(part));
    const auto tables = view.findChildren<QAbstractItemView *>(u""_s);
    const QAbstractItemModel *books = nullptr;
    for (const QAbstractItemView *table : tables) {
        if (table->isVisible() && table->model() && table->model()->columnCount() == 5)
            books = table->model();
    }
    QVERIFY(books);
    QCOMPARE(books->rowCount(), 4);
    QCOMPARE(books->index(1, 3).data().toString(), u"Spanish"_s);
    QCOMPARE(books->index(2, 2).data().toString(), u"700 BC"_s);
    QVERIFY(books->index(3, 0).data().toString().contains(u"The title is missing."_s));
}

void ImportViewTest::progressIsTold()
{
    SHOW_VIEW(view);
    view.showPreview(ImportData::preview());
    ImportProgress progress = ImportData::progress();
    view.showProgress(progress, false);
    const auto *bar = view.findChild<QProgressBar *>();
    QVERIFY(bar && bar->isVisible());
    QCOMPARE(bar->value() * 100 / bar->maximum(), 43);
    QVERIFY(shows(view, u"3,500 rows, 1,206 a second, a few seconds left"_s));
    progress.isWaiting = true;
    view.showProgress(progress, false);
    QCOMPARE(view.messages()->kind(), MessageBar::Kind::Offline);
    progress.isWaiting = false;
    view.showProgress(progress, false);
    QVERIFY(view.messages()->message().isEmpty());
    progress.bytes = 0;
    view.showProgress(progress, false);
    QVERIFY(!shows(view, u"left"_s));
}

void ImportViewTest::rejectsAndNotesAreListed()
{
    SHOW_VIEW(view);
    view.showPreview(ImportData::preview());
    view.showReport(ImportData::report());
    QVERIFY(shows(view, u"8,020 rows read in 5 seconds."_s));
    QVERIFY(shows(view, u"new-books.rejects.csv"_s) && !shows(view, u"new-books.notes.csv"_s));
    const QAbstractItemModel *list = nullptr;
    for (const QAbstractItemView *table : view.findChildren<QAbstractItemView *>()) {
        if (table->isVisible() && table->model() && table->model()->columnCount() == 3)
            list = table->model();
    }
    QVERIFY(list);
    QCOMPARE(list->rowCount(), 3);
    QCOMPARE(list->index(1, 0).data().toString(), u"113"_s);
    view.findChild<QTabBar *>()->setCurrentIndex(1);
    QCOMPARE(list->rowCount(), 1);
    QVERIFY(shows(view, u"new-books.notes.csv"_s));
    QVERIFY(list->index(0, 2).data().toString().contains(u"lost digits"_s));

    view.showReport({.counts = {.read = 2, .added = 2}});
    QCOMPARE(view.messages()->kind(), MessageBar::Kind::Info);
    QVERIFY(shows(view, u"No row was rejected"_s));
    QVERIFY(!shows(view, u"rejects.csv"_s));
}

void ImportViewTest::unfinishedIsContinued()
{
    SHOW_VIEW(view);
    QSignalSpy import(&view, &ImportView::importRequested);
    view.showPreview(ImportData::preview());
    ImportReport report = ImportData::report();
    report.isCancelled = true;
    view.showReport(report);
    QVERIFY(view.messages()->message().contains(u"up to line 8021"_s));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(import.count(), 1);
    report.error = DbError{.kind = DbErrorKind::Unreachable, .message = u"main does not answer."_s};
    view.showReport(report);
    QCOMPARE(view.messages()->kind(), MessageBar::Kind::Error);
}

void ImportViewTest::filesAreDropped()
{
    SHOW_VIEW(view);
    QSignalSpy dropped(&view, &ImportView::fileDropped);
    QMimeData one;
    one.setUrls({QUrl::fromLocalFile(u"/home/librarian/books.csv"_s)});
    QMimeData web;
    web.setUrls({QUrl(u"https://example.org/books.csv"_s)});
    const auto drop = [&view](QMimeData *data) {
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
        enter.ignore();
        QApplication::sendEvent(&view, &enter);
        QDropEvent event(QPointF(10, 10), Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
        if (enter.isAccepted())
            QApplication::sendEvent(&view, &event);
    };
    drop(&web);
    QCOMPARE(dropped.count(), 0);
    drop(&one);
    QCOMPARE(dropped.count(), 1);
    QCOMPARE(dropped.constFirst().constFirst().toString(), u"/home/librarian/books.csv"_s);
    view.showPreview(ImportData::preview());
    view.showProgress(ImportData::progress(), false);
    drop(&one);
    QCOMPARE(dropped.count(), 1);
}

void ImportViewTest::escapeNeverStopsAnImport()
{
    SHOW_VIEW(view);
    QSignalSpy close(&view, &ImportView::closeRequested);
    QSignalSpy cancel(&view, &ImportView::cancelRequested);
    view.showPreview(ImportData::preview());
    view.showProgress(ImportData::progress(), false);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(close.count() + cancel.count(), 0);
    view.showReport(ImportData::report());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(close.count(), 1);
}

void ImportViewTest::everythingHasAName()
{
    SHOW_VIEW(view);
    const auto check = [&view] {
        for (const QWidget *widget : view.findChildren<QWidget *>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus)
                continue;
            const auto *button = qobject_cast<const QAbstractButton *>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                     widget->metaObject()->className());
        }
    };
    check();
    view.showPreview(ImportData::preview());
    check();
    view.showProgress(ImportData::progress(), false);
    check();
    view.showReport(ImportData::report());
    check();
}

QTEST_MAIN(ImportViewTest)
#include "tst_importview.moc"
