// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/cataloguefiles.h"
#include "tests/ui/shots/stage.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// A small file with a few lines that cannot be used.
QString exampleFile(const QString &folder)
{
    const QString path = folder + "/new-books.csv"_L1;
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("The file for the import cannot be written.");
    file.write("isbn,authors,original_publication_year,title,language_code\n");
    for (int i = 1; i <= 400; ++i)
        file.write(QByteArray("") + ",Imaginary Author," + QByteArray::number(1900 + i % 100) +
                   ",An Imaginary Book " + QByteArray::number(i) + ",eng\n");
    file.write("9780000000000,Somebody,1990,A Wrong Number,eng\n,Somebody,,,eng\n");
    return path;
}

} // namespace

void takeImport(Stage &stage)
{
    stage.open({.page = MainWindow::Page::Catalogue});
    QTemporaryDir folder;
    CatalogueFiles files(stage.cluster(), &stage.window(), nullptr);
    QObject::connect(&files, &CatalogueFiles::sheetOpened, &stage.window(), &MainWindow::openSheet);
    QObject::connect(&files, &CatalogueFiles::sheetClosed, &stage.window(), &MainWindow::closeSheet);
    files.openImport();
    stage.settle();
    stage.take(u"import-empty"_s);
    files.importFile(exampleFile(folder.path()));
    stage.pause(1000);
    stage.settle();
    stage.take(u"import-preview"_s);
    stage.press(Qt::Key_Return, Qt::ControlModifier);
    stage.pause(3000);
    stage.settle();
    stage.take(u"import-report"_s);
    stage.press(Qt::Key_Escape);
    stage.settle();
}

} // namespace Branchline
