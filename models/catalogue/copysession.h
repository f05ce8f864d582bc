// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copyediting.h"
#include "models/editing/recordsession.h"

namespace Branchline {

/// The form of a copy. All fields are texts: barcode and branch (of a new copy only; the branch is an id),
/// material and status are codes, floor, room, shelf, note.
class CopySession final : public RecordSession<CopyRecord>
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CopySession)

public:
    /// A copy that exists; call read().
    CopySession(Cluster &cluster, const QUuid &branch, const QUuid &id, QObject *parent = nullptr);
    /// A new copy of a book, at first for the branch of this desk.
    static CopySession *forNewCopy(Cluster &cluster, const QUuid &book, const QUuid &branch,
                                   QObject *parent = nullptr);

    void leave(const QString &key) override;
    /// Of the book; empty until it is known.
    [[nodiscard]] QString bookTitle() const { return m_record.title; }
    [[nodiscard]] const std::vector<CodeName> &materials() const { return m_materials; }
    /// Ids and names of the branches that a new copy can be for.
    [[nodiscard]] QList<std::pair<QString, QString>> branches() const;
    [[nodiscard]] QString branchName(const QUuid &branch) const;

Q_SIGNALS:
    void choicesKnown();

protected:
    [[nodiscard]] std::optional<FieldProblem> check(const QString &key) const override;
    [[nodiscard]] QString shown(const QString &key, const QVariant &value) const override;
    [[nodiscard]] QVariantMap valuesOf(const CopyRecord &record) const override;
    [[nodiscard]] CopyRecord editedRecord() const override;
    [[nodiscard]] QFuture<Result<CopyRecord>> callRead() override;
    [[nodiscard]] QFuture<Answer> callCreate(const CopyRecord &record) override;
    [[nodiscard]] QFuture<Answer> callUpdate(const CopyRecord &record, qint64 version) override;
    [[nodiscard]] QFuture<Answer> callRemove() override;
    [[nodiscard]] QFuture<Answer> callRestore() override;
    [[nodiscard]] Notice refusalNotice(const Saved<CopyRecord> &answer) const override;
    [[nodiscard]] Notice removedNotice() const override;

private:
    [[nodiscard]] std::optional<FieldProblem> numberProblem(const QString &key, int least, int most) const;
    void readBook();

    Cluster &m_cluster;
    std::vector<CodeName> m_materials;
    QString m_askedBarcode;
    QUuid m_barcodeHolder; ///< branch whose copy has m_askedBarcode
};

/// "Missing" and so on, for the status of a copy.
[[nodiscard]] QString copyStatusName(const QString &status);

} // namespace Branchline
