// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/purge.h"
#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// A library with two shards, a branch on each, and patrons about whom it knows all that it can know. What
/// cannot be done ends the test program.
class PurgeLibrary final
{
public:
    struct Person
    {
        QString word; ///< in every text about the person
        QString card;
        QUuid id;
        QString lentCopy; ///< lent and returned at alpha's branch
        [[nodiscard]] QString idText() const { return id.toString(QUuid::WithoutBraces); }
    };
    /// What progress() throws in the place of a kill.
    struct Killed
    {};

    [[nodiscard]] bool start();
    [[nodiscard]] PreparedLibrary &library() { return m_library; }
    [[nodiscard]] const BranchEntry &alpha() const { return m_alpha; }
    [[nodiscard]] const BranchEntry &beta() const { return m_beta; }
    [[nodiscard]] const QStringList &databases() const { return m_databases; }

    /// A patron with a loan at each branch that was returned, a charge at beta that was paid, and a block
    /// that has ended.
    Person makePerson();
    /// "main users.family_name" and so on: every text and JSON column of every database that holds the word.
    [[nodiscard]] QStringList placesOf(const QString &word);
    [[nodiscard]] Result<PurgeReport> purge(const QString &card, const QString &killAfter = {});
    /// A purge that is no error.
    [[nodiscard]] PurgeReport done(const QString &card);
    /// What main and the shards know of a patron, in one text.
    [[nodiscard]] QString stateOf(const Person &person);
    /// "blocked", "blanked", "done" or "refused".
    [[nodiscard]] QString phaseOf(const Person &person);

private:
    PreparedLibrary m_library{TestLibrary::Servers::Separate,
                              {QStringLiteral("alpha"), QStringLiteral("beta")}};
    const QStringList m_databases{QStringLiteral("main"), QStringLiteral("alpha_shard"),
                                  QStringLiteral("beta_shard")};
    BranchEntry m_alpha;
    BranchEntry m_beta;
    int m_people = 0;
};

} // namespace Branchline
