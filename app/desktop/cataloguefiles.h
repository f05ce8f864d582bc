// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/bookexport.h"
#include "models/catalogue/importsession.h"

#include <QPointer>

class QWidget;

namespace Branchline {

class ImportView;
class MessageBar;

/// Files in and out of the catalogue: makes the sheet of an import and joins it with its session, and saves
/// the catalogue to a file. GUI thread only; the cluster outlives it.
class CatalogueFiles final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueFiles)

public:
    /// \a page is where dialogs belong; \a messages tells of exports.
    CatalogueFiles(Cluster &cluster, QWidget *page, MessageBar *messages, QObject *parent = nullptr);
    ~CatalogueFiles() override;

    /// Opens the sheet of the import, the same one while it is open.
    void openImport();
    /// Looks at a file at once, for one that was dropped on the catalogue.
    void importFile(const QString &file);
    /// Asks for a file and writes the catalogue to it.
    void exportBooks();

Q_SIGNALS:
    /// A sheet for the window; it belongs to the window from then on.
    void sheetOpened(QWidget *sheet);
    void sheetClosed(QWidget *sheet);
    /// Books were added or changed: what is shown of them is old.
    void imported();

private:
    void joinSheet();
    void showState();
    void askForFile();
    void save(const QString &file);

    Cluster &m_cluster;
    QWidget *m_page;
    MessageBar *m_messages;
    std::unique_ptr<ImportSession> m_import;
    std::unique_ptr<BookExport> m_export;
    QPointer<ImportView> m_sheet;
};

} // namespace Branchline
