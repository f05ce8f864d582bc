// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/cataloguesession.h"
#include "ui/catalogue/catalogueview.h"

namespace Branchline {

/// Joins the catalogue's state with its view.
class CataloguePage final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CataloguePage)

public:
    CataloguePage(Cluster &cluster, CatalogueView *view, QObject *parent = nullptr);

    void search(const QString &words);
    [[nodiscard]] CatalogueSession &session() { return m_session; }

private:
    void showState();
    void showDetail();

    CatalogueView *m_view;
    CatalogueSession m_session;
};

} // namespace Branchline
