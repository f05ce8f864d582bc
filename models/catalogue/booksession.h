// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/editing.h"
#include "models/editing/recordsession.h"

namespace Branchline {

/// The form of a book. Fields: title, subtitle, isbn, language, year and publisher are texts, description
/// too; authors is a QList<BookAuthor>, categories a QStringList, translations a QList<BookTranslation>.
class BookSession final : public RecordSession<BookRecord>
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BookSession)

public:
    /// With a null id a form for a new book. Call read() for one that exists.
    BookSession(Cluster &cluster, const QUuid &id, QObject *parent = nullptr);

    void leave(const QString &key) override;
    /// Books that may be the same as this one; asked for when title, ISBN, authors or year were left.
    [[nodiscard]] const std::vector<BookTwin> &twins() const { return m_twins; }
    /// All categories, once they are known.
    [[nodiscard]] const QStringList &categoryNames() const { return m_categories; }
    /// Asks for names that begin with `typed`; authorsSuggested() follows.
    void suggestAuthors(const QString &typed);

Q_SIGNALS:
    void twinsChanged();
    void categoriesKnown();
    void authorsSuggested(const QString &typed, const QStringList &names);

protected:
    [[nodiscard]] std::optional<FieldProblem> check(const QString &key) const override;
    [[nodiscard]] bool isComplete(const QString &key) const override;
    [[nodiscard]] bool isSame(const QString &key, const QVariant &a, const QVariant &b) const override;
    [[nodiscard]] QString shown(const QString &key, const QVariant &value) const override;
    [[nodiscard]] QVariantMap valuesOf(const BookRecord &record) const override;
    [[nodiscard]] BookRecord editedRecord() const override;
    [[nodiscard]] QFuture<Result<BookRecord>> callRead() override;
    [[nodiscard]] QFuture<Answer> callCreate(const BookRecord &record) override;
    [[nodiscard]] QFuture<Answer> callUpdate(const BookRecord &record, qint64 version) override;
    [[nodiscard]] QFuture<Answer> callRemove() override;
    [[nodiscard]] QFuture<Answer> callRestore() override;
    [[nodiscard]] Notice refusalNotice(const Saved<BookRecord> &answer) const override;
    [[nodiscard]] Notice removedNotice() const override;

private:
    [[nodiscard]] std::optional<FieldProblem> translationsProblem() const;
    void lookForTwins();

    Cluster &m_cluster;
    std::vector<BookTwin> m_twins;
    QStringList m_categories;
    QStringList m_askedFor; ///< the values that the twins belong to
};

/// "translator" and so on, for the person; an unknown role is shown as it is.
[[nodiscard]] QString roleName(const QString &role);
/// The roles that a form offers.
[[nodiscard]] QStringList authorRoles();

} // namespace Branchline

Q_DECLARE_METATYPE(Branchline::BookAuthor)
Q_DECLARE_METATYPE(Branchline::BookTranslation)
