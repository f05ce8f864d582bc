// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/cataloguefiles.h"
#include "tests/ui/shots/stage.h"
#include "ui/catalogue/importview.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Where files could be dropped; here they come by themselves.
class Page final : public PageController
{
public:
    [[nodiscard]] QWidget *view() const override { return m_view.get(); }
    [[nodiscard]] MessageBar *messages() const override { return nullptr; }
    void open(Cluster &, ChangeFeed &) override {}
    [[nodiscard]] bool isReady() const override { return true; }

private:
    std::unique_ptr<QWidget> m_view = std::make_unique<QWidget>();
};

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
    Page page;
    CatalogueFiles files(stage.window(), page);
    files.open(stage.cluster());
    files.importBooks();
    stage.settle();
    stage.take(u"import-empty"_s);
    auto *sheet = qobject_cast<ImportView *>(stage.window().sheetOf(MainWindow::Page::Catalogue));
    if (!sheet)
        qFatal("The import did not open.");
    Q_EMIT sheet->fileDropped(exampleFile(folder.path()));
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
