// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/statisticsexport.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QSaveFile>
#include <QTemporaryDir>

#include <xlsxwriter.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("StatisticsExport", text);
}

QString coverage(const StatisticsExport &figures)
{
    QString text = tr("%1 of %2 shards").arg(figures.answered).arg(figures.shards);
    if (!figures.missing.isEmpty())
        text += tr(", missing: %1").arg(figures.missing.join(u' '));
    return text;
}

QString quoted(const QString &cell)
{
    if (!cell.contains(u',') && !cell.contains(u'"') && !cell.contains(u'\n') && !cell.contains(u'\r'))
        return cell;
    QString text = cell;
    return u'"' + text.replace(u'"', u"\"\""_s) + u'"';
}

QStringList numbers(const std::optional<BranchFigures> &figures)
{
    if (!figures)
        return {{}, {}, {}, {}, {}};
    return {QString::number(figures->copies), QString::number(figures->available),
            QString::number(figures->lent), QString::number(figures->overdue),
            QString::number(figures->utilisation(), 'f', 4)};
}

DbError cannotWrite(const QString &file, const QString &reason)
{
    return {.kind = DbErrorKind::InvalidValue,
            .message =
                tr("The file %1 could not be written: %2.").arg(QDir::toNativeSeparators(file), reason),
            .hint = tr("Check that the folder exists, may be written to and has room.")};
}

Result<Done> save(const QByteArray &content, const QString &file)
{
    // The complete file takes the place of what is there, also that of a device.
    if (const QFileInfo there(file); there.exists() && !there.isFile())
        return cannotWrite(file, tr("it is not an ordinary file"));
    QSaveFile output(file);
    if (!output.open(QIODevice::WriteOnly) || output.write(content) != content.size() || !output.commit())
        return cannotWrite(file, output.errorString());
    return Done{};
}

/// The sheet: three lines that say what it is, then the table.
class Sheet
{
public:
    Sheet(lxw_workbook *book, const StatisticsExport &figures)
        : m_sheet(workbook_add_worksheet(book, "Branches"))
        , m_figures(figures)
        , m_bold(workbook_add_format(book))
        , m_percent(workbook_add_format(book))
    {
        format_set_bold(m_bold);
        format_set_num_format(m_percent, "0.0%");
    }

    void write()
    {
        text(0, 0, tr("Branch statistics"), m_bold);
        text(1, 0, tr("As of %1 UTC").arg(m_figures.asOf.toString(u"yyyy-MM-dd HH:mm:ss"_s)));
        text(2, 0, coverage(m_figures));
        const QStringList headers{tr("Branch"), tr("Shard"),   tr("Copies"),      tr("Available"),
                                  tr("Lent"),   tr("Overdue"), tr("Utilisation"), tr("Counted")};
        for (qsizetype i = 0; i < headers.size(); ++i)
            text(4, static_cast<lxw_col_t>(i), headers.at(i), m_bold);
        lxw_row_t row = 5;
        for (const ExportedBranch &branch : m_figures.branches) {
            text(row, 0, branch.branch);
            text(row, 1, branch.shard);
            if (branch.figures)
                figures(row, *branch.figures);
            text(row, 7, branch.figures ? tr("yes") : tr("no: %1 has not answered").arg(branch.shard));
            ++row;
        }
        text(row, 0, tr("Total"), m_bold);
        figures(row, m_figures.total);
        text(row, 7, coverage(m_figures));
        worksheet_freeze_panes(m_sheet, 5, 1);
        worksheet_set_column(m_sheet, 0, 1, 18, nullptr);
        worksheet_set_column(m_sheet, 2, 6, 11, nullptr);
        worksheet_set_column(m_sheet, 7, 7, 40, nullptr);
    }

private:
    void text(lxw_row_t row, lxw_col_t column, const QString &value, lxw_format *format = nullptr)
    {
        worksheet_write_string(m_sheet, row, column, value.toUtf8().constData(), format);
    }

    void figures(lxw_row_t row, const BranchFigures &branch)
    {
        const qint64 values[] = {branch.copies, branch.available, branch.lent, branch.overdue};
        lxw_col_t column = 2;
        for (const qint64 value : values)
            worksheet_write_number(m_sheet, row, column++, static_cast<double>(value), nullptr);
        worksheet_write_number(m_sheet, row, column, branch.utilisation(), m_percent);
    }

    lxw_worksheet *m_sheet;
    const StatisticsExport &m_figures;
    lxw_format *m_bold;
    lxw_format *m_percent;
};

} // namespace

StatisticsExport statisticsExport(const Combined<std::vector<BranchFigures>> &answers,
                                  const Directory &directory)
{
    StatisticsExport result{.branches = {},
                            .total = totalOf(answers),
                            .answered = answers.answered(),
                            .shards = answers.total(),
                            .missing = answers.missing(),
                            .asOf = answers.asOf};
    std::map<QString, ExportedBranch> byCode;
    for (const BranchEntry &branch : directory.branches())
        byCode[branch.code] = {branch.code, branch.shard, std::nullopt};
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk())
            continue;
        for (const BranchFigures &figures : *answer.result)
            byCode[figures.code] = {figures.code, answer.shard, figures};
    }
    for (auto &[code, branch] : byCode)
        result.branches.push_back(std::move(branch));
    return result;
}

QByteArray statisticsCsv(const StatisticsExport &figures)
{
    const QStringList about{figures.asOf.toUTC().toString(Qt::ISODate), coverage(figures)};
    QStringList lines{u"branch,shard,copies,available,lent,overdue,utilisation,counted,as_of,coverage"_s};
    const auto add = [&](const QStringList &cells) {
        QStringList quotedCells;
        for (const QString &cell : cells + about)
            quotedCells << quoted(cell);
        lines << quotedCells.join(u',');
    };
    for (const ExportedBranch &branch : figures.branches)
        add(QStringList{branch.branch, branch.shard} + numbers(branch.figures) +
            QStringList{branch.figures ? u"yes"_s : u"no"_s});
    add(QStringList{u"TOTAL"_s, {}} + numbers(figures.total) +
        QStringList{figures.missing.isEmpty() ? u"yes"_s : u"in part"_s});
    return (lines.join("\r\n"_L1) + "\r\n"_L1).toUtf8();
}

Result<Done> writeStatisticsCsv(const StatisticsExport &figures, const QString &file)
{
    return save(statisticsCsv(figures), file);
}

Result<Done> writeStatisticsXlsx(const StatisticsExport &figures, const QString &file)
{
    // The library writes to names only: first into a folder of its own, then to where it belongs.
    const QTemporaryDir folder;
    const QString draft = folder.filePath(u"statistics.xlsx"_s);
    QByteArray temporary = QFile::encodeName(folder.path());
    lxw_workbook_options options{};
    options.constant_memory = LXW_FALSE;
    options.tmpdir = temporary.data();
    lxw_workbook *book = workbook_new_opt(QFile::encodeName(draft).constData(), &options);
    if (!folder.isValid() || !book)
        return cannotWrite(file, tr("there is no room for temporary files"));
    Sheet(book, figures).write();
    const lxw_error problem = workbook_close(book);
    if (problem != LXW_NO_ERROR)
        return cannotWrite(file, QString::fromUtf8(lxw_strerror(problem)));
    QFile written(draft);
    if (!written.open(QIODevice::ReadOnly))
        return cannotWrite(file, written.errorString());
    return save(written.readAll(), file);
}

} // namespace Branchline
