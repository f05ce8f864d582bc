// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/history.h"

#include <QFile>
#include <QJsonDocument>

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

constexpr std::array<const char *, 5> kindNames{"start", "invoke", "unknown", "ok", "fail"};

HistoryEvent::Kind kindOf(const QString &name)
{
    for (size_t i = 0; i < kindNames.size(); ++i) {
        if (name == QLatin1StringView(kindNames[i]))
            return static_cast<HistoryEvent::Kind>(i);
    }
    qFatal("A history has an event “%s”, which is not known.", qPrintable(name));
    std::abort();
}

} // namespace

qint64 steadyNow()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

QString HistoryEvent::fact(const char *name) const
{
    return facts.value(QLatin1StringView(name)).toString();
}

HistoryWriter::HistoryWriter(const QString &path)
    : m_file(::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600))
{
    if (m_file < 0)
        qFatal("The history %s cannot be written.", qPrintable(path));
}

HistoryWriter::~HistoryWriter()
{
    ::close(m_file);
}

void HistoryWriter::write(HistoryEvent::Kind kind, const QString &request, const QJsonObject &facts)
{
    QJsonObject line = facts;
    line.insert("event"_L1, QLatin1StringView(kindNames[static_cast<size_t>(kind)]));
    line.insert("request"_L1, request);
    writeLine(line);
}

void HistoryWriter::writeLine(QJsonObject line)
{
    const std::lock_guard lock(m_mutex);
    line.insert("at"_L1, QString::number(steadyNow())); // a string: JSON's numbers lose nanoseconds
    const QByteArray text = QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n';
    if (::write(m_file, text.constData(), static_cast<size_t>(text.size())) != text.size())
        qFatal("A history cannot be written any more; the disk may be full.");
}

std::vector<QJsonObject> readLines(const QString &path)
{
    std::vector<QJsonObject> lines;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return lines;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine();
        if (line.endsWith('\n'))
            lines.push_back(QJsonDocument::fromJson(line).object());
    }
    return lines;
}

std::vector<HistoryEvent> readHistory(const QString &path)
{
    std::vector<HistoryEvent> events;
    for (const QJsonObject &line : readLines(path)) {
        events.push_back({.kind = kindOf(line.value("event"_L1).toString()),
                          .at = line.value("at"_L1).toString().toLongLong(),
                          .request = line.value("request"_L1).toString(),
                          .facts = line});
    }
    return events;
}

} // namespace Branchline::Drill
