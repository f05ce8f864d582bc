// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/patronsview.h"

#include "ui/patrons/patronlistview.h"
#include "ui/patrons/patronrecordview.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

PatronsView::PatronsView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_messages(new MessageBar)
    , m_stack(new QStackedWidget)
    , m_list(new PatronListView)
    , m_record(new PatronRecordView)
{
    setAccessibleName(tr("Patrons"));
    connect(m_retry, &QAction::triggered, this, &PatronsView::retryRequested);
    connect(m_list->retry(), &QAction::triggered, this, &PatronsView::retryRequested);
    connect(m_list, &PatronListView::wordsEdited, this, &PatronsView::wordsEdited);
    connect(m_list, &PatronListView::rowOpened, this, &PatronsView::rowOpened);
    connect(m_list, &PatronListView::registerRequested, this, &PatronsView::registerRequested);
    connect(m_record, &PatronRecordView::backRequested, this, &PatronsView::leaveRecord);
    connect(m_record, &PatronRecordView::editRequested, this, &PatronsView::editRequested);
    connect(m_record, &PatronRecordView::lendRequested, this, &PatronsView::lendRequested);
    connect(m_record, &PatronRecordView::renewRequested, this, &PatronsView::renewRequested);
    connect(m_record, &PatronRecordView::renewAllRequested, this, &PatronsView::renewAllRequested);
    connect(m_record, &PatronRecordView::marksCleared, this, &PatronsView::marksCleared);
    m_stack->addWidget(m_list);
    m_stack->addWidget(m_record);
    m_stack->setFocusProxy(m_list);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(m_messages);
    page->addWidget(m_stack, 1);
    setFocusProxy(m_stack);
    makeKeys();
}

void PatronsView::makeKeys()
{
    const auto key = [this](const QKeySequence &keys, auto handler) {
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, handler);
    };
    key(Qt::Key_Escape, [this] { escape(); });
    key(Qt::Key_F5, [this] { Q_EMIT retryRequested(); });
    key(QKeySequence::New, [this] {
        if (m_refusals.registering.isEmpty())
            Q_EMIT registerRequested();
    });
    key(QKeySequence::Find, [this] {
        if (isRecordOpen())
            leaveRecord();
        m_list->focusSearch();
    });
    key(QKeySequence(Qt::CTRL | Qt::Key_E), [this] {
        if (isRecordOpen() && m_refusals.editing.isEmpty())
            Q_EMIT editRequested();
    });
    key(QKeySequence(Qt::CTRL | Qt::Key_F2), [this] {
        if (isRecordOpen() && m_refusals.renewing.isEmpty())
            Q_EMIT renewAllRequested();
    });
}

void PatronsView::setListModel(QAbstractItemModel *model)
{
    m_list->setModel(model);
}

void PatronsView::setLoanModels(QAbstractItemModel *open, QAbstractItemModel *returned)
{
    m_record->setLoanModels(open, returned);
}

void PatronsView::setRefusals(const PatronRefusals &refusals)
{
    m_refusals = refusals;
    m_list->setRefusal(refusals.registering);
    m_record->setRefusals(refusals);
}

void PatronsView::setListState(PatronListState state, const PatronListNote &note)
{
    m_list->setState(state, note);
    if (isRecordOpen() || state == PatronListState::Loading)
        return;
    if (state == PatronListState::Stale) {
        tell(MessageBar::Kind::Offline,
             tr("Shown as of %1. The main database does not answer.").arg(note.asOf),
             tr("You can read this list. Searching waits until the answer comes."));
    } else {
        unsay();
    }
}

void PatronsView::unsay()
{
    if (!m_shownMessage.isEmpty() && m_messages->message() == std::exchange(m_shownMessage, {}))
        m_messages->clear();
}

void PatronsView::setWords(const QString &words)
{
    m_list->setWords(words);
}

bool PatronsView::isRecordOpen() const
{
    return m_stack->currentWidget() == m_record;
}

void PatronsView::openRecord()
{
    m_record->setLoading();
    m_record->showLoans();
    m_stack->setCurrentWidget(m_record);
    m_stack->setFocusProxy(m_record);
    if (isVisible())
        m_record->setFocus(Qt::OtherFocusReason);
}

void PatronsView::closeRecord()
{
    if (!isRecordOpen())
        return;
    unsay();
    m_stack->setCurrentWidget(m_list);
    m_stack->setFocusProxy(m_list);
    m_list->focusRows();
}

void PatronsView::leaveRecord()
{
    closeRecord();
    Q_EMIT recordClosed();
}

void PatronsView::setFacts(const RecordFacts &facts, bool stale)
{
    m_record->setStale(stale);
    m_record->setFacts(facts);
    showPartial(facts, stale);
}

// Said once: a screen reader would read it out at each refresh.
void PatronsView::tell(MessageBar::Kind kind, const QString &first, const QString &rest)
{
    if (!m_shownMessage.isEmpty() && m_messages->message() == m_shownMessage && m_messages->kind() == kind &&
        m_shownMessage.startsWith(first))
        return;
    m_messages->showMessage(kind, first, rest, {m_retry});
    m_shownMessage = m_messages->message();
}

void PatronsView::showPartial(const RecordFacts &facts, bool stale)
{
    const QLocale locale;
    if (stale) {
        tell(MessageBar::Kind::Offline, tr("The main database does not answer."),
             tr("Name, cards and blocks are shown as they were; loans are read from the shards."));
    } else if (!facts.missing.isEmpty()) {
        tell(MessageBar::Kind::Warning,
             tr("%1 of %2 shards answered, missing: %3.")
                 .arg(locale.toString(facts.answered), locale.toString(facts.total),
                      locale.createSeparatedList(facts.missing)),
             tr("Loans that are kept there are not in this list."));
    } else {
        unsay();
    }
}

// One step back each time: ticks, the record, the words.
void PatronsView::escape()
{
    if (!isRecordOpen()) {
        if (m_list->words().isEmpty())
            return m_list->focusSearch();
        m_list->setWords({});
        Q_EMIT wordsEdited({});
        return m_list->focusSearch();
    }
    if (m_record->hasMarks())
        Q_EMIT marksCleared();
    else
        leaveRecord();
}

// F1 goes to the desk everywhere; here it takes the patron along.  The window's own key must not see it.
bool PatronsView::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (isRecordOpen() && key->key() == Qt::Key_F1 && key->modifiers() == Qt::NoModifier) {
            if (event->type() == QEvent::KeyPress && m_refusals.lending.isEmpty())
                Q_EMIT lendRequested();
            event->accept();
            return true;
        }
    }
    return QWidget::event(event);
}

void PatronsView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

} // namespace Branchline
