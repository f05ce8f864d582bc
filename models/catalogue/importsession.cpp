// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/importsession.h"

#include "db/catalogue/importpreview.h"
#include "models/watch.h"

using namespace std::chrono_literals;

namespace Branchline {

ImportSession::ImportSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{
    m_tick.setInterval(250ms);
    connect(&m_tick, &QTimer::timeout, this, &ImportSession::progressed);
}

ImportSession::~ImportSession() = default;

ImportProgress ImportSession::progress() const
{
    return m_import ? m_import->progress() : ImportProgress{};
}

void ImportSession::setState(State state)
{
    m_state = state;
    if (isRunning())
        m_tick.start();
    else
        m_tick.stop();
    Q_EMIT changed();
}

void ImportSession::choose(const QString &file)
{
    if (isRunning())
        return;
    m_error.reset();
    const int look = ++m_looks;
    setState(State::Looking);
    watch(previewImport(file), this, [this, look](const Result<ImportPreview> &preview) {
        if (look != m_looks || m_state != State::Looking)
            return;
        if (preview)
            m_preview = *preview;
        else
            m_error = preview.error();
        setState(preview ? State::Ready : State::Choosing);
    });
}

void ImportSession::start()
{
    if (m_state != State::Ready && m_state != State::Finished)
        return;
    m_error.reset();
    m_import = std::make_unique<BookImport>(m_cluster, ImportOptions{.file = m_preview.file});
    watch(m_import->start(), this, [this](const Result<ImportReport> &report) {
        if (report)
            m_report = *report;
        else
            m_error = report.error();
        m_import.reset();
        setState(report ? State::Finished : State::Choosing);
    });
    setState(State::Running);
}

void ImportSession::cancel()
{
    if (m_state != State::Running)
        return;
    m_import->cancel();
    setState(State::Cancelling);
}

} // namespace Branchline
