// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/patrons/patronfacts.h"

#include <QWidget>

class QAbstractItemModel;
class QLabel;
class QStackedWidget;
class QStandardItemModel;

namespace Branchline {

class Button;
class CountTabs;
class ListPane;
class Panel;
class RecordHead;
class RecordSide;
class StatusLight;
class TextLine;

/// The record of one patron: loans from every shard, what came back, cards. GUI thread only.
class PatronRecordView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronRecordView)

public:
    explicit PatronRecordView(QWidget *parent = nullptr);

    /// Columns as models/roles.h says; not owned.
    void setLoanModels(QAbstractItemModel *open, QAbstractItemModel *returned);
    void setFacts(const RecordFacts &facts);
    void setRefusals(const PatronRefusals &refusals);
    /// The person has not been read yet.
    void setLoading();
    /// How many loans are ticked; \a reason says why they cannot be renewed, or what is going on.
    void setMarked(int count, const QString &reason, bool canRenew);
    /// Old figures: muted.
    void setStale(bool stale);
    /// The tab of the open loans, its first row selected.
    void showLoans();
    bool hasMarks() const { return m_marks > 0; }

Q_SIGNALS:
    void backRequested();
    void editRequested();
    void lendRequested();
    void renewRequested();
    void renewAllRequested();
    void marksCleared();
    void loanOpened(int row);
    void returnedOpened(int row);
    void endBlockRequested(const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeTabRow();
    QWidget *makeLoans();
    Panel *makeFoot();
    void showRenewAll();
    void showCards(const RecordFacts &facts);
    void showTab(int index);

    RecordHead *m_head;
    CountTabs *m_tabs = nullptr;
    StatusLight *m_light = nullptr;
    TextLine *m_coverage = nullptr;
    Button *m_renewAll = nullptr;
    QStackedWidget *m_stack;
    ListPane *m_loans = nullptr;
    TextLine *m_loansLine = nullptr;
    ListPane *m_history = nullptr;
    ListPane *m_cards = nullptr;
    QStandardItemModel *m_cardModel;
    RecordSide *m_side;
    Panel *m_foot = nullptr;
    TextLine *m_selected = nullptr;
    TextLine *m_reason = nullptr;
    Button *m_renew = nullptr;
    int m_marks = 0;
    QString m_renewRefusal;
    QString m_markReason;
    bool m_canRenew = false;
    bool m_hasLoans = false;
    bool m_stale = false;
};

} // namespace Branchline
