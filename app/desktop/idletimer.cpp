// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/idletimer.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QEvent>

#include <algorithm>

using namespace std::chrono_literals;

namespace Branchline {

namespace {
/// After the computer has slept it is looked so soon.
constexpr std::chrono::milliseconds longestNap = 15s;
} // namespace

IdleTimer::IdleTimer(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &IdleTimer::look);
    QCoreApplication::instance()->installEventFilter(this);
}

void IdleTimer::setLimit(std::chrono::milliseconds limit)
{
    m_limit = limit;
    noteActivity();
    m_timer.stop();
    if (m_limit > 0ms)
        m_timer.start(std::min(m_limit, longestNap));
}

bool IdleTimer::eventFilter(QObject *watched, QEvent *event)
{
    switch (event->type()) {
    case QEvent::KeyPress:
    case QEvent::MouseMove:
    case QEvent::MouseButtonPress:
    case QEvent::Wheel:
    case QEvent::TouchBegin:
    case QEvent::InputMethod:
        noteActivity();
        break;
    default:
        break;
    }
    return QObject::eventFilter(watched, event);
}

/// Only a time is taken down: a timer that each movement of the pointer restarts costs more.
void IdleTimer::noteActivity()
{
    m_last = QDateTime::currentMSecsSinceEpoch();
}

void IdleTimer::look()
{
    const std::chrono::milliseconds since(QDateTime::currentMSecsSinceEpoch() - m_last);
    // A clock that was set back says nothing; then the time begins anew.
    if (since < 0ms)
        noteActivity();
    if (since >= m_limit) {
        Q_EMIT idle();
        noteActivity();
        m_timer.start(std::min(m_limit, longestNap));
        return;
    }
    m_timer.start(std::clamp<std::chrono::milliseconds>(m_limit - std::max(since, 0ms), 1ms, longestNap));
}

} // namespace Branchline
