// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/progressline.h"

#include <QCoreApplication>

#include <cstdio>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

constexpr qint64 leastMs = 200;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

} // namespace

ProgressLine::ProgressLine(bool isWanted)
    : m_isOn(isWanted && ::isatty(STDERR_FILENO) == 1)
{}

ProgressLine::~ProgressLine()
{
    clear();
}

void ProgressLine::show(const QString &text)
{
    if (!m_isOn || (m_last.isValid() && m_last.elapsed() < leastMs))
        return;
    m_last.start();
    m_isShown = true;
    std::fprintf(stderr, "\r\033[K%s", qPrintable(text));
    std::fflush(stderr);
}

void ProgressLine::clear()
{
    if (!m_isShown)
        return;
    m_isShown = false;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
}

QString durationText(std::chrono::seconds duration)
{
    const auto seconds = duration.count();
    if (seconds < 60)
        return tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    return tr("%1 h %2 min").arg(seconds / 3600).arg(seconds % 3600 / 60);
}

} // namespace Branchline::Ctl
