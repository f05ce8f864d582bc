// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/catalogue/cataloguesession.h"
#include "ui/catalogue/catalogueview.h"

namespace Branchline {

/// Joins the catalogue's state with its view.
class CataloguePage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CataloguePage)

public:
    /// \a words are searched for at first.
    explicit CataloguePage(const QString &words, QObject *parent = nullptr);
    ~CataloguePage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;

    void search(const QString &words);
    /// Finds a book by what it is found with best, and so opens its record.
    void showBook(const QUuid &id);

Q_SIGNALS:
    /// Somebody wants to import a file into the catalogue, or to save the catalogue to one.
    void addBookRequested();
    void editBookRequested(const QString &id);
    void addCopyRequested(const QString &bookId);
    void importRequested();
    void exportRequested();

private:
    void rememberColumns(const QList<int> &hidden);
    void showState();
    void showDetail();

    QString m_words;
    Cluster *m_cluster = nullptr;
    CatalogueView *m_view;
    std::unique_ptr<CatalogueSession> m_session; ///< none before the library is open
};

} // namespace Branchline
