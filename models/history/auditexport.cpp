// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/auditexport.h"

#include "db/catalogue/csvreader.h"
#include "models/history/historywords.h"
#include "models/watch.h"

#include <QSaveFile>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int pageEntries = 1000;

/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
QByteArray cell(QString text)
{
    if (!text.isEmpty() && u"=+-@"_s.contains(text.front()))
        text.prepend(u'\'');
    return csvCell(text.toUtf8(), ',');
}

QByteArray line(const QStringList &cells)
{
    QByteArrayList written;
    for (const QString &text : cells)
        written << cell(text);
    return written.join(',') + '\n';
}

QByteArray linesOf(const HistoryEntry &entry)
{
    const QStringList head{entry.at.toUTC().toString(Qt::ISODateWithMs),
                           historyActionText(entry),
                           historyRecordText(entry),
                           entry.actorName,
                           entry.actor,
                           historyDeskText(entry.desk),
                           historyPlaceText(entry),
                           entry.database};
    QByteArray lines;
    for (const HistoryChange &change : entry.changes) {
        const QString after = change.isHidden ? AuditExport::tr("not shown to you")
                                              : historyValueText(entry, change.field, change.after);
        lines +=
            line(head + QStringList{historyFieldText(change.field),
                                    change.isHidden ? QString()
                                                    : historyValueText(entry, change.field, change.before),
                                    after});
    }
    return lines.isEmpty() ? line(head + QStringList{{}, {}, {}}) : lines;
}

/// In a thread of the pool: the disk may be slow.
QFuture<Result<Done>> writeFile(const QString &file, const QByteArray &text)
{
    auto promise = std::make_shared<QPromise<Result<Done>>>();
    promise->start();
    QThreadPool::globalInstance()->start([promise, file, text] {
        QSaveFile target(file);
        if (target.open(QIODevice::WriteOnly) && target.write(text) == text.size() && target.commit())
            promise->addResult(Done());
        else
            promise->addResult(DbError{
                .kind = DbErrorKind::InvalidValue,
                .message = AuditExport::tr("The file cannot be written: %1.").arg(target.errorString()),
                .hint = AuditExport::tr("Make room on the disk, or choose another folder.")});
        promise->finish();
    });
    return promise->future();
}

} // namespace

AuditExport::AuditExport(Cluster &cluster, HistoryFilter filter, QString file, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_filter(std::move(filter))
    , m_file(std::move(file))
{}

void AuditExport::start()
{
    m_text = line({tr("When (UTC)"), tr("What"), tr("Record"), tr("Who"), tr("Login"), tr("Workstation"),
                   tr("Branch"), tr("Database"), tr("Field"), tr("Before"), tr("After")});
    read();
}

void AuditExport::read()
{
    watch(auditPage(m_cluster, m_filter, m_last, pageEntries), this,
          [this](const Result<HistoryPage> &page) { take(page); });
}

void AuditExport::take(const Result<HistoryPage> &page)
{
    if (!page) {
        Q_EMIT finished(page.error());
        return;
    }
    for (const HistoryEntry &entry : page->entries)
        m_text += linesOf(entry);
    m_report.entries += static_cast<int>(page->entries.size());
    m_report.missing += page->missing;
    m_report.missing.removeDuplicates();
    m_last = page->last;
    m_report.isCut = page->hasMore && m_report.entries >= mostEntries;
    if (page->hasMore && !m_report.isCut)
        return read();
    write();
}

void AuditExport::write()
{
    watch(writeFile(m_file, m_text), this, [this](const Result<Done> &done) {
        if (done)
            Q_EMIT finished(m_report);
        else
            Q_EMIT finished(done.error());
    });
}

} // namespace Branchline
