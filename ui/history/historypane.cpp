// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/history/historypane.h"

#include "ui/widgets/button.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLocale>
#include <QShowEvent>

using namespace Qt::StringLiterals;

namespace Branchline {

HistoryPane::HistoryPane(HistorySession *session, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
    , m_retry(new QAction(tr("Try again"), this))
    , m_list(new ListPane(tr("History"), this))
    , m_summary(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_older(new Button(u"history"_s, tr("Show older")))
{
    session->setParent(this);
    TableView *table = m_list->table();
    table->setModel(session->model());
    table->setCompact(true);
    // The texts are as long as what is usual there.
    table->setSampleTexts({tr("28 Nov 2026 10:38 CET"),
                           tr("Librarian Lena"),
                           tr("workstation-12"),
                           tr("Translation changed"),
                           tr("Reason for the override"),
                           tr("The Name of the Ro"),
                           {}},
                          HistoryModel::After, {});
    m_older->setSmall(true);
    auto *foot = new Panel(Panel::Ground::Surface, Panel::TopEdge);
    auto *line = new QHBoxLayout(foot);
    line->setContentsMargins(16, 6, 16, 6);
    line->addWidget(m_summary, 1);
    line->addWidget(m_older);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_list, 1);
    column->addWidget(foot);
    setFocusProxy(table);
    connect(m_older, &Button::clicked, this, [this] {
        m_hasOlder = true;
        m_session->readMore();
    });
    connect(m_retry, &QAction::triggered, session, &HistorySession::reload);
    connect(session, &HistorySession::stateChanged, this, &HistoryPane::showState);
    showState();
}

QString HistoryPane::summary() const
{
    return m_summary->text();
}

void HistoryPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // A window that comes back, or a lock that goes: whoever had gone back to older entries still reads
    // there.
    if (event->spontaneous() || (m_hasOlder && !m_wasLeft))
        return;
    m_wasLeft = false;
    m_hasOlder = false;
    Q_EMIT shown();
}

void HistoryPane::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_wasLeft = m_wasLeft || isHidden(); // and not what is around it
}

void HistoryPane::showState()
{
    using State = HistorySession::State;
    const int count = m_session->model()->entryCount();
    const auto &error = m_session->error();
    m_older->setVisible(m_session->hasMore());
    m_older->setEnabled(m_session->state() != State::Loading);
    if (m_session->state() == State::Loading || m_session->state() == State::Empty) {
        m_list->showLoading();
    } else if (count > 0) {
        m_list->showRows(m_session->state() == State::Failed);
    } else if (error && error->kind == DbErrorKind::NotAllowed) {
        m_list->showWords(
            {.icon = u"lock"_s, .title = error->message, .sentence = error->hint, .footer = {}});
    } else if (error) {
        m_list->showWords({.icon = u"offline"_s,
                           .title = tr("The history cannot be read"),
                           .sentence = error->message + u' ' + error->hint,
                           .footer = {}},
                          {m_retry});
    } else {
        m_list->showWords({.icon = u"history"_s,
                           .title = tr("Nothing has been changed"),
                           .sentence = tr("What is changed from now on is listed here."),
                           .footer = {}});
    }
    QStringList said;
    if (m_session->state() == State::Failed && count > 0)
        said << error->message;
    else if (count > 0)
        said << (count == 1 ? tr("1 entry") : tr("%1 entries").arg(QLocale().toString(count)));
    if (!m_session->missing().isEmpty())
        said << tr("without those of %1, which did not answer").arg(m_session->missing().join(u", "_s));
    m_summary->setText(said.join(u" · "_s));
}

} // namespace Branchline
