// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/patrons/patronfacts.h"
#include "ui/widgets/panel.h"

class QVBoxLayout;

namespace Branchline {

class Button;

/// The column beside a patron's loans: what keeps the patron from borrowing, with its remedy, and how to
/// reach the patron.
class RecordSide final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RecordSide)

public:
    explicit RecordSide(QWidget *parent = nullptr);

    void setFacts(const RecordFacts &facts);
    /// Why no block may be ended; empty: it may.
    void setRefusal(const QString &why);

Q_SIGNALS:
    void endBlockRequested(const QString &id);

private:
    void showRefusal(Button *end) const;
    QWidget *makeBlock(const BlockFacts &block);
    QWidget *makeContact(const RecordFacts &facts);

    QVBoxLayout *m_column;
    QString m_refusal;
    QStringList m_shown; ///< what is there, so that nothing is built anew without need
};

} // namespace Branchline
