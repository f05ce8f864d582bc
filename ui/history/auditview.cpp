// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/history/auditview.h"

#include "ui/history/auditfilterbar.h"
#include "ui/history/entrypane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QScrollBar>
#include <QShortcut>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int narrowBelow = 1180;
constexpr int paneWidth = 400;

} // namespace

AuditView::AuditView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try again"), this))
    , m_clearFilters(new QAction(tr("Remove the filters"), this))
    , m_filters(new AuditFilterBar)
    , m_messages(new MessageBar)
    , m_list(new ListPane(tr("Entries")))
    , m_pane(new EntryPane)
{
    setAccessibleName(tr("Audit"));
    connect(m_retry, &QAction::triggered, this, &AuditView::read);
    connect(m_clearFilters, &QAction::triggered, m_filters, &AuditFilterBar::clearAll);
    connect(m_filters, &AuditFilterBar::changed, this, &AuditView::read);
    connect(m_filters, &AuditFilterBar::leaveRequested, this,
            [this] { m_list->setFocus(Qt::TabFocusReason); });
    connect(m_pane, &EntryPane::backRequested, this, &AuditView::back);
    connect(m_pane, &EntryPane::recordRequested, this, [this] {
        const HistoryEntry *entry = m_model ? m_model->entry(m_list->table()->currentIndex().row()) : nullptr;
        if (entry)
            Q_EMIT recordRequested(*entry);
    });
    auto *middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_list, 1);
    middle->addWidget(m_pane);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeHead());
    page->addWidget(m_messages);
    page->addWidget(m_filters);
    page->addLayout(middle, 1);
    page->addWidget(makeFoot());
    makeKeys();
    setFocusProxy(m_list);
    arrange();
}

QWidget *AuditView::makeHead()
{
    auto *head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    head->setFixedHeight(52);
    auto *title = new TextLine(TextRole::Title, true);
    title->setText(tr("Audit"));
    title->setElided(false);
    auto *what = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    what->setText(tr("Who changed what, what desks were refused, and what was read of other branches"));
    m_export = new Button(u"export"_s, tr("Export"), tr("Ctrl+Shift+E"));
    m_export->setKind(Button::Kind::Flat);
    m_export->setToolTip(tr("Write the entries that the filters leave to a CSV file."));
    connect(m_export, &QAbstractButton::clicked, this, &AuditView::exportRequested);
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(16, 0, 12, 1);
    row->setSpacing(16);
    row->addWidget(title);
    row->addWidget(what, 1);
    row->addWidget(m_export);
    return head;
}

QWidget *AuditView::makeFoot()
{
    auto *foot = new Panel(Panel::Ground::Surface, Panel::TopEdge);
    m_summary = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    m_older = new Button(u"history"_s, tr("Show older"));
    m_older->setSmall(true);
    auto *line = new QHBoxLayout(foot);
    line->setContentsMargins(16, 6, 16, 6);
    line->addWidget(m_summary, 1);
    line->addWidget(m_older);
    return foot;
}

void AuditView::makeKeys()
{
    const auto key = [this](const QKeySequence &keys, auto handler) {
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, handler);
    };
    key(Qt::Key_Escape, [this] { back(); });
    key(Qt::Key_F5, [this] { read(); });
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), [this] {
        if (m_export->isEnabled())
            Q_EMIT exportRequested();
    });
    key(QKeySequence::Find, [this] {
        m_filters->field()->setFocus(Qt::ShortcutFocusReason);
        m_filters->field()->selectAll();
    });
}

void AuditView::setSession(HistorySession *session)
{
    m_session = session;
    m_model = new AuditModel(*session->model(), this);
    connect(session, &HistorySession::stateChanged, this, &AuditView::showState);
    connect(m_older, &Button::clicked, session, &HistorySession::readMore);
    joinTable();
    showState();
}

void AuditView::joinTable()
{
    TableView *table = m_list->table();
    table->setModel(m_model);
    table->setSampleTexts({tr("28 Nov 2026 10:38 CET"), tr("Lending refused"), tr("Copy 31000010"),
                           tr("Librarian Lena"), tr("workstation-12"), tr("Riverside Children’s")},
                          AuditModel::Record, {AuditModel::What});
    connect(table, &TableView::rowActivated, this, &AuditView::openEntry);
    connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AuditView::showEntry);
    // The pane always shows an entry: at first the newest one.
    connect(m_model, &QAbstractItemModel::rowsInserted, this, [this, table] {
        if (!table->currentIndex().isValid())
            table->setCurrentIndex(m_model->index(0, 0));
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, &AuditView::showEntry);
    connect(table->verticalScrollBar(), &QScrollBar::valueChanged, this, &AuditView::readMoreNearEnd);
    connect(table->verticalScrollBar(), &QScrollBar::rangeChanged, this, &AuditView::readMoreNearEnd);
}

void AuditView::read()
{
    if (m_session)
        m_session->readAudit(m_filters->filter());
}

/// A page before the end, so that nobody waits at it.
void AuditView::readMoreNearEnd()
{
    const QScrollBar *bar = m_list->table()->verticalScrollBar();
    const bool isRead = m_session->state() == HistorySession::State::Ready;
    if (isRead && bar->maximum() > 0 && bar->value() > bar->maximum() - bar->pageStep())
        m_session->readMore();
}

QString AuditView::summary() const
{
    return m_summary->text();
}

void AuditView::showState()
{
    using State = HistorySession::State;
    const State state = m_session->state();
    const bool hasRows = m_model->rowCount() > 0;
    const auto &error = m_session->error();
    m_older->setVisible(m_session->hasMore() && state != State::Failed);
    m_older->setEnabled(state != State::Loading);
    const QDateTime back = m_session->lookedBackTo();
    m_older->setText(back.isValid() ? tr("Look further back") : tr("Show older"));
    m_export->setEnabled(hasRows);
    if (state == State::Loading || state == State::Empty)
        m_list->showLoading();
    else if (hasRows)
        m_list->showRows(state == State::Failed);
    else
        showWords();
    QStringList said;
    if (hasRows) {
        const QString count = QLocale().toString(m_model->rowCount());
        said << (m_session->hasMore()       ? tr("The newest %1 entries").arg(count)
                 : m_model->rowCount() == 1 ? tr("1 entry")
                                            : tr("%1 entries").arg(count));
    }
    if (back.isValid())
        said << tr("looked back to %1").arg(QLocale().toString(back.toLocalTime(), u"d MMM yyyy HH:mm"_s));
    if (state == State::Failed && hasRows)
        said << error->message;
    m_summary->setText(said.join(u" · "_s));

    const QStringList &missing = m_session->missing();
    if (!missing.isEmpty() && state != State::Empty) {
        const int total = m_session->databases();
        m_messages->showMessage(MessageBar::Kind::Warning,
                                tr("%1 of %2 databases answered, missing: %3.")
                                    .arg(QLocale().toString(total - static_cast<int>(missing.size())),
                                         QLocale().toString(total), missing.join(u", "_s)),
                                tr("What was done there is not in this list."), {m_retry});
        m_hasMissing = true;
    } else if (state == State::Ready && std::exchange(m_hasMissing, false)) {
        m_messages->clear();
    }
}

void AuditView::showWords()
{
    const auto &error = m_session->error();
    if (error && error->kind == DbErrorKind::NotAllowed) {
        m_list->showWords({.icon = u"lock"_s,
                           .title = error->message,
                           .sentence = error->hint,
                           .footer = tr("A colleague with that right can sign in here.")},
                          m_filters->isFiltering() ? QList{m_clearFilters} : QList<QAction *>());
    } else if (error) {
        m_list->showWords({.icon = u"offline"_s,
                           .title = tr("This list could not be loaded."),
                           .sentence = error->message + u' ' + error->hint,
                           .footer = {}},
                          {m_retry});
    } else if (m_filters->isFiltering()) {
        m_list->showWords({.icon = u"search"_s,
                           .title = tr("No entry has what the filters ask for."),
                           .sentence = m_session->hasMore()
                                           ? tr("There are older entries that were not looked at yet.")
                                           : tr("Take a filter off to see more."),
                           .footer = {}},
                          {m_clearFilters});
    } else {
        m_list->showWords({.icon = u"history"_s,
                           .title = tr("Nothing has been changed yet."),
                           .sentence = tr("What is changed, refused or read from now on is listed here."),
                           .footer = {}});
    }
}

void AuditView::showEntry()
{
    const HistoryEntry *entry = m_model->entry(m_list->table()->currentIndex().row());
    if (entry)
        m_pane->showEntry(*entry);
    else
        m_pane->clear();
}

void AuditView::openEntry()
{
    m_isPaneOpen = true;
    arrange();
    m_pane->setFocus(Qt::OtherFocusReason);
}

/// One step back each time: the entry, the filters, and then to the rows.
void AuditView::back()
{
    if (m_isPaneOpen) {
        m_isPaneOpen = false;
        arrange();
        m_list->setFocus(Qt::OtherFocusReason);
    } else if (m_filters->isAncestorOf(focusWidget()) && m_filters->isFiltering()) {
        m_filters->clearAll();
    } else {
        m_list->setFocus(Qt::OtherFocusReason);
    }
}

void AuditView::arrange()
{
    m_list->setVisible(!m_isNarrow || !m_isPaneOpen);
    m_pane->setVisible(!m_isNarrow || m_isPaneOpen);
    m_pane->setIsPage(m_isNarrow);
    m_pane->setMinimumWidth(m_isNarrow ? 0 : paneWidth);
    m_pane->setMaximumWidth(m_isNarrow ? QWIDGETSIZE_MAX : paneWidth);
}

void AuditView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

void AuditView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (const bool narrow = window()->width() < narrowBelow; narrow != m_isNarrow) {
        m_isNarrow = narrow;
        arrange();
    }
}

} // namespace Branchline
