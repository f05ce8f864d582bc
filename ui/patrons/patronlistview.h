// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/patrons/patronfacts.h"

#include <QWidget>

class QAbstractItemModel;
class QAction;
class QTimer;

namespace Branchline {

class Button;
class ListPane;
class SearchField;
class TextLine;

/// Search as you type and the patrons found. GUI thread only.
class PatronListView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronListView)

public:
    explicit PatronListView(QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model);
    void setState(PatronListState state, const PatronListNote &note);
    void setWords(const QString &words);
    /// Why nobody may be registered; empty: somebody may.
    void setRefusal(const QString &why);
    QString words() const;
    void focusSearch();
    void focusRows();
    QAction *retry() const { return m_retry; }
    ListPane *pane() const { return m_pane; }

Q_SIGNALS:
    /// 100 ms after the last key, at once on Enter.
    void wordsEdited(const QString &words);
    /// Enter or double click on a row; Enter in the field opens the only patron found.
    void rowOpened(int row);
    void registerRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void submit();
    void openFirst();

    QAction *m_retry;
    QAction *m_all;
    QAction *m_register;
    QTimer *m_debounce;
    SearchField *m_search;
    TextLine *m_summary;
    TextLine *m_refusal;
    Button *m_registerButton;
    ListPane *m_pane;
    bool m_isSetting = false; ///< the words are set, not typed
    bool m_openFirst = false; ///< Enter was pressed and the answer is on its way
};

} // namespace Branchline
