// SPDX-License-Identifier: GPL-3.0-or-later
// What EditorSheet shows of its session: values, mistakes, changes, conflicts and notices. The frame is in
// editorsheet.cpp.
#include "ui/editing/editorsheet.h"

#include "ui/editing/compareview.h"
#include "ui/editing/editorfoot.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/messagebar.h"

#include <QAction>
#include <QLocale>
#include <QScrollArea>
#include <QStackedWidget>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString clock(const QDateTime &time)
{
    const QDateTime here = time.toLocalTime();
    const QLocale locale;
    return here.date() == QDate::currentDate()
               ? locale.toString(here.time(), u"HH:mm"_s)
               : locale.toString(here.date(), u"d MMM"_s) + u' ' + locale.toString(here.time(), u"HH:mm"_s);
}

} // namespace

void EditorSheet::showValue(const QString &key)
{
    for (const Binding &entry : std::as_const(m_bindings)) {
        if (entry.key == key)
            entry.show(m_session->value(key));
    }
}

void EditorSheet::showProblems()
{
    for (const Binding &entry : std::as_const(m_bindings)) {
        const auto problem = m_session->problem(entry.key);
        entry.row->setProblem(entry.field, problem ? problem->sentence : QString(),
                              problem && problem->fix.isValid() ? problem->fixText : QString());
    }
    const QStringList wrong = m_session->problemKeys();
    m_foot->setWrong(static_cast<int>(wrong.size()));
    for (const Part &part : std::as_const(m_parts)) {
        const auto mistakes = std::count_if(part.keys.begin(), part.keys.end(),
                                            [&](const QString &key) { return wrong.contains(key); });
        m_sections->setCounts(part.id, countOf(part.id), static_cast<int>(mistakes));
    }
    showChecks();
}

void EditorSheet::showChanges()
{
    QStringList labels;
    for (const QString &key : m_session->changedKeys())
        labels << m_session->label(key);
    m_foot->setChanges(labels);
    m_foot->setCanUndo(m_session->canUndo());
    if (labels.isEmpty())
        m_leaving->clear();
    showFacts();
    showProblems();
}

void EditorSheet::showState()
{
    const bool canEdit = m_session->state() == EditSession::State::Ready && !m_session->isRemoved();
    if (!canEdit)
        parkFocus();
    for (const Binding &entry : std::as_const(m_bindings))
        entry.field->setEnabled(canEdit && isEditable(entry.key));
    m_remove->setVisible(!m_session->isNew() && !m_session->isRemoved());
    m_remove->setEnabled(canEdit && m_refusal.isEmpty());
    m_foot->setCanSave(!m_session->isRemoved());
    showChanges();
    m_foot->setBusy(m_session->state() == EditSession::State::Saving);
    if (canEdit && m_body->hasFocus() && m_parked)
        std::exchange(m_parked, nullptr)->setFocus(Qt::OtherFocusReason);
}

/// A field that is switched off hands its focus on, to anything in the window: the next key would go to
/// the branch switcher. The sheet keeps it until the field is open again.
void EditorSheet::parkFocus()
{
    QWidget *at = window()->focusWidget();
    if (!at || at == m_body || !isAncestorOf(at) || m_leaving->isAncestorOf(at))
        return;
    m_parked = at;
    m_body->setFocus(Qt::OtherFocusReason);
}

void EditorSheet::showChecks()
{
    QList<CheckPane::Line> lines;
    for (const QString &key : m_session->problemKeys()) {
        const QString sentence = m_session->problem(key)->sentence;
        lines.append({u"refused"_s,
                      Status::Refused,
                      m_session->label(key) + u':',
                      sentence.section(u". "_s, 0, 0).section(u": "_s, 0, 0) +
                          (sentence.contains(". "_L1) ? u"."_s : QString()),
                      {},
                      {}});
    }
    lines += moreChecks();
    if (m_session->hasConflict())
        lines.append({u"warn"_s,
                      Status::Overdue,
                      {},
                      tr("%1 changed %2 at %3.")
                          .arg(m_session->theirRevision().changedBy, subject(),
                               clock(m_session->theirRevision().changedAt)),
                      {},
                      {}});
    else if (!m_session->isNew() && !m_session->isRemoved())
        lines.append({u"done"_s,
                      Status::Available,
                      {},
                      tr("Nobody else has changed %1 since you opened it.").arg(subject()),
                      {},
                      {}});
    else if (m_session->isNew() && lines.isEmpty())
        lines.append({u"info"_s, Status::None, {}, tr("It is added when you save."), {}, {}});
    m_checks->setLines(lines);
}

void EditorSheet::showConflict()
{
    showChecks();
    if (!m_session->hasConflict()) {
        m_conflict->clear();
        compare(false);
        return;
    }
    m_then = nullptr;
    const Revision &theirs = m_session->theirRevision();
    auto *choose = new QAction(tr("Compare"), m_conflict);
    auto *mine = new QAction(tr("Keep mine"), m_conflict);
    auto *other = new QAction(tr("Take theirs"), m_conflict);
    connect(choose, &QAction::triggered, this, [this] { compare(true); });
    connect(mine, &QAction::triggered, m_session, &EditSession::keepMine);
    connect(other, &QAction::triggered, m_session, &EditSession::takeTheirs);
    // Without the right to save there is nothing to choose.
    const bool maySave = m_refusal.isEmpty();
    m_conflict->showMessage(
        MessageBar::Kind::Warning,
        tr("%1 changed %2 at %3.").arg(theirs.changedBy, subject(), clock(theirs.changedAt)),
        maySave ? tr("Compare and choose.") : m_refusal, maySave ? QList{choose, mine, other} : QList{other});
}

void EditorSheet::compare(bool on)
{
    if (on) {
        m_compare->setDifferences(m_session->differences(), m_session->theirRevision().changedBy,
                                  clock(m_session->theirRevision().changedAt));
        m_body->setCurrentWidget(m_compare);
        m_compare->setFocus();
        m_foot->hide();
    } else if (m_body->currentWidget() == m_compare) {
        m_foot->show();
        m_body->setCurrentWidget(m_scroll);
        setFocus();
    }
}

void EditorSheet::showNotice()
{
    const auto &notice = m_session->notice();
    if (!notice) {
        m_notice->clear();
        return;
    }
    if (notice->kind != Notice::Kind::Good)
        m_then = nullptr;
    QList<QAction *> actions;
    if (notice->action != Notice::Action::None) {
        auto *action = new QAction(notice->actionText, m_notice);
        actions << action;
        connect(action, &QAction::triggered, this, [this, what = notice->action, other = notice->other] {
            if (what == Notice::Action::Restore) {
                if (m_refusal.isEmpty())
                    m_session->restore();
            } else if (what == Notice::Action::Retry) {
                m_session->read();
            } else {
                followLink(other.toString(QUuid::WithoutBraces));
            }
        });
    }
    const auto kind = notice->kind == Notice::Kind::Good      ? MessageBar::Kind::Info
                      : notice->kind == Notice::Kind::Warning ? MessageBar::Kind::Warning
                                                              : MessageBar::Kind::Error;
    m_notice->showMessage(kind, notice->first, notice->rest, actions, notice->kind == Notice::Kind::Good);
}

} // namespace Branchline
