// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// A branch with what a desk meets there.
struct Place
{
    BranchEntry branch;
    QString database; ///< of its shard, such as "main_shard"
    QString card;     ///< of a patron at home here, with one loan of this branch and one that was returned
    QUuid patron;
    QString child; ///< card of a patron who may have no loan here
    QString kept;  ///< barcode of the copy that the patron has
    QUuid keptCopy;
    QUuid shelfCopy;  ///< id of a copy on the shelf
    QStringList lent; ///< barcodes of copies that may be taken back
    QStringList free; ///< barcodes of copies that may be lent
};

/// A library whose one login of staff, `librarian`, can be given just the rights that a test is about. Two
/// branches live on two shards.
class RightsLibrary final
{
public:
    /// False with errorText() when it cannot be made.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_library.errorText(); }

    [[nodiscard]] PreparedLibrary &library() { return m_library; }
    [[nodiscard]] const BranchEntry &here() const { return m_here; }
    [[nodiscard]] const BranchEntry &there() const { return m_there; }

    /// New patrons and copies at a branch. To be called before rights are taken away.
    [[nodiscard]] Place furnish(const BranchEntry &branch);
    /// Takes the login out of the group of administrators.
    void makeOrdinary();
    /// These rights and no others, at a branch or at every one; they have reached the shards on return.
    void setRights(const QStringList &codes, const BranchEntry *branch);

private:
    PreparedLibrary m_library;
    BranchEntry m_here;
    BranchEntry m_there;
    QUuid m_book;
    int m_copies = 0;
};

} // namespace Branchline
