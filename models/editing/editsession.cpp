// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/editing/editsession.h"

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// How soon a form hears of somebody else's change.
constexpr auto lookInterval = 3s;

} // namespace

EditSession::EditSession(QObject *parent)
    : QObject(parent)
{
    m_look.setInterval(lookInterval);
    connect(&m_look, &QTimer::timeout, this, [this] {
        if (m_state == State::Ready && !m_isNew && !hasConflict())
            submitLook();
    });
}

void EditSession::addField(const QString &key, const QString &label, const QVariant &initial)
{
    m_keys << key;
    m_labels.insert(key, label);
    m_values.insert(key, initial);
    m_base.insert(key, initial);
}

void EditSession::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

void EditSession::setNotice(const Notice &notice)
{
    m_notice = notice;
    Q_EMIT noticed();
}

bool EditSession::isSame(const QString &, const QVariant &a, const QVariant &b) const
{
    if (a.typeId() == QMetaType::QString && b.typeId() == QMetaType::QString)
        return a.toString().simplified() == b.toString().simplified();
    return a == b;
}

QString EditSession::shown(const QString &, const QVariant &value) const
{
    return value.typeId() == QMetaType::QStringList ? value.toStringList().join(", "_L1) : value.toString();
}

std::optional<FieldProblem> EditSession::check(const QString &) const
{
    return std::nullopt;
}

QStringList EditSession::changedKeys() const
{
    QStringList changed;
    for (const QString &key : m_keys) {
        if (!isSame(key, m_values.value(key), m_base.value(key)))
            changed << key;
    }
    return changed;
}

void EditSession::setValue(const QString &key, const QVariant &value)
{
    m_values.insert(key, value);
    Q_EMIT valueChanged(key);
}

void EditSession::edit(const QString &key, const QVariant &value)
{
    const QVariant before = m_values.value(key);
    if (before == value)
        return;
    if (m_editing != key) {
        m_undo.append({key, before});
        m_editing = key;
    }
    m_values.insert(key, value);
    if (isComplete(key) && !m_touched.contains(key))
        m_touched << key;
    Q_EMIT valueChanged(key);
    Q_EMIT changesChanged();
    Q_EMIT problemsChanged();
}

void EditSession::leave(const QString &key)
{
    m_editing.clear();
    // A field that was only passed through says nothing yet.
    if (!m_touched.contains(key) && !isSame(key, m_values.value(key), m_base.value(key)))
        m_touched << key;
    Q_EMIT problemsChanged();
}

void EditSession::applyFix(const QString &key)
{
    const auto wrong = problem(key);
    if (!wrong || !wrong->fix.isValid())
        return;
    m_editing.clear();
    edit(key, wrong->fix);
    m_editing.clear();
}

std::optional<FieldProblem> EditSession::problem(const QString &key) const
{
    return m_touched.contains(key) ? check(key) : std::nullopt;
}

QStringList EditSession::problemKeys() const
{
    QStringList wrong;
    std::copy_if(m_keys.begin(), m_keys.end(), std::back_inserter(wrong),
                 [this](const QString &key) { return problem(key).has_value(); });
    return wrong;
}

QString EditSession::undo()
{
    if (m_state != State::Ready)
        return {};
    m_editing.clear();
    while (!m_undo.isEmpty()) {
        const auto [key, before] = m_undo.takeLast();
        if (m_values.value(key) == before)
            continue;
        setValue(key, before);
        Q_EMIT changesChanged();
        Q_EMIT problemsChanged();
        return key;
    }
    Q_EMIT changesChanged();
    return {};
}

void EditSession::discard()
{
    adopt(m_base, m_revision);
}

void EditSession::adopt(const QVariantMap &values, const Revision &revision)
{
    m_revision = revision;
    m_theirs.reset();
    m_touched.clear();
    m_undo.clear();
    m_editing.clear();
    for (const QString &key : std::as_const(m_keys)) {
        m_base.insert(key, values.value(key));
        setValue(key, values.value(key));
    }
    Q_EMIT changesChanged();
    Q_EMIT problemsChanged();
    Q_EMIT conflictChanged();
}

void EditSession::read()
{
    setState(State::Loading);
    submitRead();
}

void EditSession::setWatching(bool watching)
{
    if (watching)
        m_look.start();
    else
        m_look.stop();
}

void EditSession::readEnded(const QVariantMap &values, const Revision &revision)
{
    m_notice.reset();
    adopt(values, revision);
    setState(State::Ready);
    Q_EMIT noticed();
}

void EditSession::readFailed(const DbError &error)
{
    setState(State::Failed);
    setNotice({Notice::Kind::Error, error.message, error.hint, Notice::Action::Retry, tr("Try again")});
}

void EditSession::save()
{
    if (m_state != State::Ready || isRemoved())
        return;
    m_editing.clear();
    m_touched = m_keys;
    Q_EMIT problemsChanged();
    if (const QStringList wrong = problemKeys(); !wrong.isEmpty()) {
        Q_EMIT problemFound(wrong.first());
        return;
    }
    if (hasConflict())
        return; // a choice is waited for, see keepMine(), takeTheirs() and merge()
    if (!m_isNew && !hasChanges()) {
        setNotice(
            {Notice::Kind::Good, tr("There is nothing to save."), tr("Everything is as it is stored.")});
        return;
    }
    setState(State::Saving);
    submitSave();
}

void EditSession::saveEnded(const QVariantMap &values, const Revision &revision)
{
    m_isNew = false;
    adopt(values, revision);
    setState(State::Ready);
    setNotice({Notice::Kind::Good, tr("Saved."), {}});
    Q_EMIT saved();
}

void EditSession::conflictFound(const QVariantMap &theirs, const Revision &revision)
{
    m_theirs = theirs;
    m_theirRevision = revision;
    setState(State::Ready);
    Q_EMIT conflictChanged();
}

void EditSession::looked(const QVariantMap &values, const Revision &revision)
{
    if (m_state != State::Ready || hasConflict() || revision.version <= m_revision.version)
        return;
    if (hasChanges()) {
        conflictFound(values, revision);
        return;
    }
    adopt(values, revision);
    setNotice({Notice::Kind::Good, tr("%1 has just changed this.").arg(revision.changedBy),
               tr("The form shows the new values.")});
}

QList<Difference> EditSession::differences() const
{
    QList<Difference> list;
    if (!m_theirs)
        return list;
    for (const QString &key : m_keys) {
        const QVariant mine = m_values.value(key);
        const QVariant theirs = m_theirs->value(key);
        if (isSame(key, mine, theirs))
            continue;
        list.append({key, label(key), shown(key, mine), shown(key, theirs),
                     !isSame(key, mine, m_base.value(key)), !isSame(key, theirs, m_base.value(key))});
    }
    return list;
}

/// The record is theirs from now on, changed by me where I keep my value.
void EditSession::rebase(const QStringList &theirs)
{
    const QVariantMap base = *m_theirs;
    m_revision = m_theirRevision;
    m_theirs.reset();
    for (const QString &key : std::as_const(m_keys)) {
        m_base.insert(key, base.value(key));
        if (theirs.contains(key))
            setValue(key, base.value(key));
    }
    m_undo.clear();
    m_editing.clear();
    Q_EMIT changesChanged();
    Q_EMIT problemsChanged();
    Q_EMIT conflictChanged();
}

void EditSession::keepMine()
{
    QStringList theirs;
    for (const Difference &difference : differences()) {
        if (!difference.changedByMe)
            theirs << difference.key;
    }
    merge(theirs);
}

void EditSession::takeTheirs()
{
    if (m_theirs)
        adopt(QVariantMap(*m_theirs), Revision(m_theirRevision));
}

void EditSession::merge(const QStringList &theirs)
{
    if (!m_theirs || m_state != State::Ready)
        return;
    rebase(theirs);
    if (hasChanges())
        save();
}

void EditSession::remove()
{
    if (m_state != State::Ready || m_isNew || isRemoved())
        return;
    setState(State::Saving);
    submitRemoval();
}

void EditSession::restore()
{
    if (m_state != State::Ready || !isRemoved())
        return;
    setState(State::Saving);
    submitRestore();
}

void EditSession::removalEnded(const Revision &revision, const QVariantMap &values)
{
    const bool isGone = revision.isRemoved();
    if (isGone) {
        m_revision = revision; // the values stay on screen, as they were
        m_theirs.reset();
        Q_EMIT conflictChanged();
    } else {
        adopt(values, revision);
    }
    m_undo.clear();
    setState(State::Ready);
    Q_EMIT changesChanged();
    if (isGone)
        Q_EMIT removed();
    else
        Q_EMIT saved();
}

void EditSession::ended(const Notice &notice)
{
    setState(State::Ready);
    setNotice(notice);
}

void EditSession::failed(const DbError &error)
{
    const QString kept = tr("Nothing is lost: what you entered is still here.");
    ended({Notice::Kind::Error, error.message, error.hint.isEmpty() ? kept : error.hint + u' ' + kept});
}

} // namespace Branchline
