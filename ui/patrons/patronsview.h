// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/patrons/patronfacts.h"
#include "ui/widgets/messagebar.h"

#include <QWidget>

class QAbstractItemModel;
class QAction;
class QStackedWidget;

namespace Branchline {

class PatronListView;
class PatronRecordView;

/// The patrons: a list to search in and, over it, the record of one of them. Knows nothing of databases: what
/// it shows is set, what people ask for is signalled. GUI thread only.
class PatronsView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronsView)

public:
    explicit PatronsView(QWidget *parent = nullptr);

    /// Patrons: columns Name, Card, Type, Home branch, Valid to, Status. Not owned.
    void setListModel(QAbstractItemModel *model);
    /// The loans of the patron whose record is shown. Not owned.
    void setLoanModels(QAbstractItemModel *open, QAbstractItemModel *returned);
    void setListState(PatronListState state, const PatronListNote &note);
    void setWords(const QString &words);

    /// Shows the record, empty until setFacts().
    void openRecord();
    /// Back to the list.
    void closeRecord();
    bool isRecordOpen() const;
    /// The facts of the patron; stale ones are of before. Why is told by a bar.
    void setFacts(const RecordFacts &facts, bool stale = false);
    /// What may not be done stays in sight, off, with the reason.
    void setRefusals(const PatronRefusals &refusals);
    PatronRecordView *record() const { return m_record; }
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void wordsEdited(const QString &words);
    /// A row of the list was opened.
    void rowOpened(int row);
    /// The record was left by its arrow or Esc.
    void recordClosed();
    void registerRequested();
    void editRequested();
    void lendRequested();
    void renewRequested();
    void renewAllRequested();
    void marksCleared();
    void retryRequested();

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void makeKeys();
    void escape();
    void leaveRecord();
    void tell(MessageBar::Kind kind, const QString &first, const QString &rest);
    void unsay();
    void showPartial(const RecordFacts &facts, bool stale);

    QAction *m_retry;
    MessageBar *m_messages;
    QStackedWidget *m_stack;
    PatronListView *m_list;
    PatronRecordView *m_record;
    PatronRefusals m_refusals;
    QString m_shownMessage; ///< what the bar tells of the record or the list, not what others set
};

} // namespace Branchline
