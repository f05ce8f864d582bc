// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>

class QLabel;

namespace Branchline {

class IconLabel;
class TagLabel;
class TextLine;

/// What the desk shows of the patron who stands at it.
struct PatronFacts
{
    QString name;              ///< display name
    QString initials;          ///< one or two letters for the portrait box
    QString type;              ///< name of the patron type, e.g. "Adult"
    QString cardLine;          ///< card, validity, home branch in one line
    int onLoan = 0;            ///< open loans
    int limit = -1;            ///< how many open loans the rules allow; -1: no limit or not known
    bool loansComplete = true; ///< false: only the loans at the databases that answered are counted
    bool lastKnown = false;    ///< the figures are of before: the desk's shard does not answer
    int overdue = 0;           ///< open loans past their due date
    QString blocked;           ///< why nothing may be lent, with its end date; empty: not blocked
};

/// The strip of the current patron: initials, name, type, card line, loans, overdue and a close button.
class PatronStrip final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronStrip)

public:
    explicit PatronStrip(QWidget *parent = nullptr);

    void setFacts(const PatronFacts &facts);
    /// 80 high, or 56 in low windows.
    void setLow(bool low);

Q_SIGNALS:
    /// The person at the desk is done with this patron.
    void closed();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange();
    void showSecondWords(bool shown);

    bool m_low = false;
    QLabel *m_initials = nullptr;
    TextLine *m_name = nullptr;
    TagLabel *m_type = nullptr;
    TextLine *m_cardLine = nullptr;
    TagLabel *m_blocked = nullptr;
    QWidget *m_onLoanFact = nullptr;
    TextLine *m_onLoan = nullptr;
    TextLine *m_limit = nullptr;
    QWidget *m_overdueFact = nullptr;
    IconLabel *m_overdueIcon = nullptr;
    TextLine *m_overdue = nullptr;
    QWidget *m_close = nullptr;
};

} // namespace Branchline
