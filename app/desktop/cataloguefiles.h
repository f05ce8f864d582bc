// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/bookexport.h"
#include "models/catalogue/importsession.h"
#include "models/staff/permissions.h"

#include <QPointer>

class QWidget;

namespace Branchline {

class ImportView;
class MainWindow;
class PageController;

/// Files in and out of the catalogue: makes the sheet of an import and joins it with its session, and saves
/// the catalogue to a file. GUI thread only.
class CatalogueFiles final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueFiles)

public:
    /// \a page is the catalogue: files can be dropped on its view, and it tells of exports. Both outlive this
    /// object.
    CatalogueFiles(MainWindow &window, PageController &page, QObject *parent = nullptr);
    ~CatalogueFiles() override;

    /// The library is open; called once. The cluster outlives this object. Before that nothing opens.
    void open(Cluster &cluster);
    /// Who may not edit books imports none.
    void setPermissions(const Permissions &permissions);
    /// Opens the sheet of the import, the same one while it is open.
    void importBooks();
    /// Asks for a file and writes the catalogue to it.
    void exportBooks();

Q_SIGNALS:
    /// Books were added or changed: what is shown of them is old.
    void booksChanged();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void joinSheet();
    void showRefusal();
    void closeSheet();
    void showState();
    void askForFile();
    void save(const QString &file);

    MainWindow &m_window;
    PageController &m_page;
    Cluster *m_cluster = nullptr;
    std::unique_ptr<ImportSession> m_import;
    std::unique_ptr<BookExport> m_export;
    QPointer<ImportView> m_sheet;
    Permissions m_permissions;
};

} // namespace Branchline
