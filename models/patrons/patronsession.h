// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/patronediting.h"
#include "models/editing/recordsession.h"

namespace Branchline {

/// The form of a patron. Fields: family, given, type and branch (a code and an id), cards (a
/// QList<PatronCard>), email, phone, address, born and expires (dates as dateText() writes them), and account
/// ("open" or "closed").
class PatronSession final : public RecordSession<PatronRecord>
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronSession)

public:
    /// With a null id the registration of a new patron, at first for `branch`. Call read() for one that
    /// exists.
    PatronSession(Cluster &cluster, const QUuid &id, const QUuid &branch, QObject *parent = nullptr);

    void leave(const QString &key) override;
    /// Asks whether a card that was just entered belongs to somebody else.
    void checkCards();
    [[nodiscard]] const std::vector<CodeName> &types() const { return m_types; }
    [[nodiscard]] QList<std::pair<QString, QString>> branches() const;

Q_SIGNALS:
    void choicesKnown();

protected:
    [[nodiscard]] std::optional<FieldProblem> check(const QString &key) const override;
    [[nodiscard]] bool isSame(const QString &key, const QVariant &a, const QVariant &b) const override;
    [[nodiscard]] QString shown(const QString &key, const QVariant &value) const override;
    [[nodiscard]] QVariantMap valuesOf(const PatronRecord &record) const override;
    [[nodiscard]] PatronRecord editedRecord() const override;
    [[nodiscard]] QFuture<Result<PatronRecord>> callRead() override;
    [[nodiscard]] QFuture<Answer> callCreate(const PatronRecord &record) override;
    [[nodiscard]] QFuture<Answer> callUpdate(const PatronRecord &record, qint64 version) override;
    [[nodiscard]] QFuture<Answer> callRemove() override;
    [[nodiscard]] QFuture<Answer> callRestore() override;
    [[nodiscard]] Notice refusalNotice(const Saved<PatronRecord> &answer) const override;
    [[nodiscard]] Notice removedNotice() const override;

private:
    [[nodiscard]] std::optional<FieldProblem> cardsProblem() const;
    [[nodiscard]] std::optional<FieldProblem> bornProblem() const;
    [[nodiscard]] QList<PatronCard> cards() const;

    Cluster &m_cluster;
    std::vector<CodeName> m_types;
    QHash<QString, QString> m_holders; ///< card numbers that were asked about, and who has them
};

} // namespace Branchline

Q_DECLARE_METATYPE(Branchline::PatronCard)
