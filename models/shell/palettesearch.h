// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"
#include "db/patrons/patrons.h"
#include "models/shell/palettemodel.h"
#include "models/staff/permissions.h"

#include <QObject>

namespace Branchline {

/// Brings books, patrons and copies to the command palette. The newest query wins: an older one that has not
/// begun yet never reaches a server, and its answers are dropped. GUI thread only; it never waits.
class PaletteSearch final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaletteSearch)

public:
    PaletteSearch(Cluster &cluster, PaletteModel &model, QObject *parent = nullptr);

    /// What the person may do: patrons are looked up for whoever has the right "desk" or "patrons" somewhere.
    void setPermissions(const Permissions &permissions);

Q_SIGNALS:
    /// Every answer to the newest query is there, or will not come.
    void answered();

private:
    void ask();
    void askBooks();
    void askPatrons();
    void askCopies();
    void showBooks(const QString &words, const Result<Rows> &rows);
    void countCopiesOf(const QString &words, const std::vector<PaletteEntry> &books);
    [[nodiscard]] QString branchName(const QUuid &id, const QString &code) const;
    void noteMain(const DbError &error);
    void noteShards(const QStringList &missing);
    void showProblem();
    void settle(quint64 generation);

    Cluster &m_cluster;
    PaletteModel &m_model;
    QFuture<Result<Rows>> m_books;
    QFuture<Result<std::vector<Patron>>> m_patrons;
    QString m_mainProblem;
    QString m_whyNoPatrons; ///< empty: they are looked up
    QStringList m_shardsMissing;
    quint64 m_generation = 0;
    int m_open = 0; ///< answers awaited
};

/// Whether a text may be a barcode or a card number: one word with a digit in it.
[[nodiscard]] bool looksLikeCode(const QString &text);

} // namespace Branchline
