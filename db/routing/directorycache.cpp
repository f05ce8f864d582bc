// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/directorycache.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QSaveFile>

namespace Branchline {

DirectoryCache::DirectoryCache(const QString &path)
    : m_path(path)
{
    m_thread.setMaxThreadCount(1);
}

DirectoryCache::~DirectoryCache()
{
    stop();
}

void DirectoryCache::fetch(std::function<void(const DirectoryPtr &)> done)
{
    DirectoryPtr copy;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_isRead && !m_isStopped) {
            m_thread.start([this, done = std::move(done)] {
                read();
                done(m_copy);
            });
            return;
        }
        copy = m_copy;
    }
    done(copy);
}

/// In the thread, which alone sets m_isRead and m_copy.
void DirectoryCache::read()
{
    if (m_isRead)
        return;
    QFile file(m_path);
    if (file.open(QIODevice::ReadOnly))
        m_content = file.readAll();
    const QJsonDocument document = QJsonDocument::fromJson(m_content);
    const DirectoryPtr copy = document.isObject() ? Directory::fromJson(document.object()) : nullptr;
    const std::lock_guard lock(m_mutex);
    m_copy = copy;
    m_isRead = true;
}

void DirectoryCache::keep(const DirectoryPtr &directory, quint64 number)
{
    const std::lock_guard lock(m_mutex);
    if (number <= m_number || m_isStopped)
        return;
    m_number = number;
    if (!std::exchange(m_waiting, directory))
        m_thread.start([this] { write(); });
}

void DirectoryCache::write()
{
    read();
    DirectoryPtr directory;
    {
        const std::lock_guard lock(m_mutex);
        directory = std::exchange(m_waiting, nullptr);
    }
    const QByteArray content = QJsonDocument(directory->toJson()).toJson(QJsonDocument::Compact);
    if (content == m_content)
        return;
    QDir().mkpath(QFileInfo(m_path).absolutePath());
    QSaveFile file(m_path);
    if (!file.open(QIODevice::WriteOnly))
        return;
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(content);
    if (file.commit())
        m_content = content;
}

void DirectoryCache::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopped = true;
    }
    m_thread.waitForDone();
}

} // namespace Branchline
