// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QSet>

namespace Branchline {

/// What a change is about.
enum class ChangeKind {
    Loans,    ///< on a shard; the subject is the patron
    Copies,   ///< on a shard, lending included; the subject is the book
    Charges,  ///< on a shard; of any patron
    Books,    ///< on main, and on a shard once it has arrived there; the subject is the book
    Patrons,  ///< likewise, cards and blocks included; the subject is the patron
    Settings, ///< likewise: branches, where they live, rules, kinds of patrons and copies
};

/// What changed in one database between two answers.
class Changes final
{
public:
    /// Anything may have changed: nothing is known of the time before this answer.
    static Changes ofAnything();
    /// The lines of changes_since() of the shards and main; `asked` are the subjects that were asked about.
    static Changes fromLines(const QString &lines, const QSet<QUuid> &asked);

    [[nodiscard]] bool isEmpty() const { return !m_isAnything && m_list.empty(); }
    [[nodiscard]] bool isAnything() const { return m_isAnything; }
    /// Whether something of this kind changed, at this branch or, with a null id, anywhere.
    [[nodiscard]] bool has(ChangeKind kind, const QUuid &branch = {}) const;
    /// Whether a change of this kind concerns one of these patrons or books. A subject that was not asked
    /// about is concerned when any other was.
    [[nodiscard]] bool concerns(ChangeKind kind, const QSet<QUuid> &subjects) const;

private:
    struct Change
    {
        std::optional<ChangeKind> kind; ///< none: any
        QUuid branch;                   ///< null: all
        QUuid subject;                  ///< null: see isOfAnySubject
        bool isOfAnySubject = false;    ///< else, without a subject, it is one that was not asked about
    };

    bool m_isAnything = false;
    std::vector<Change> m_list;
    QSet<QUuid> m_asked;
};

/// An answer of changesSince().
struct ChangesAnswer
{
    QString mark; ///< to ask with the next time
    Changes changes;
};

/// What changed in a database since the answer that gave `mark`, or anything when that cannot be told: with
/// an empty mark, after a restart or a crash, and after a long time. A transaction that takes long and
/// commits late is told of when it has committed. `shard` is the bare name, empty for main. One statement,
/// about 0.1 ms on the server whatever it holds.
[[nodiscard]] QFuture<Result<ChangesAnswer>> changesSince(Cluster &cluster, const QString &shard,
                                                          const QString &mark, const QSet<QUuid> &about);

} // namespace Branchline
