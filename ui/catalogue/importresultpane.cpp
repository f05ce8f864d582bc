// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/importresultpane.h"

#include "models/catalogue/importremarkmodel.h"
#include "ui/statistics/stattile.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/counttabs.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int margin = 16;
constexpr int barSteps = 1000;
enum Tab { Rejected, Notes };

QString number(qint64 value)
{
    return QLocale().toString(value);
}

QString durationText(std::chrono::seconds duration)
{
    const auto seconds = duration.count();
    if (seconds < 5)
        return ImportResultPane::tr("a few seconds left");
    if (seconds < 90)
        return ImportResultPane::tr("about %1 seconds left").arg(seconds);
    const auto minutes = (seconds + 30) / 60;
    return minutes < 90 ? ImportResultPane::tr("about %1 minutes left").arg(minutes)
                        : ImportResultPane::tr("about %1 hours left").arg((minutes + 30) / 60);
}

QString rowsText(qint64 rows)
{
    return rows == 1 ? ImportResultPane::tr("1 row") : ImportResultPane::tr("%1 rows").arg(number(rows));
}

} // namespace

ImportResultPane::ImportResultPane(QWidget *parent)
    : QWidget(parent)
    , m_bar(new QProgressBar)
    , m_line(new TextLabel(TextRole::Body))
    , m_added(new StatTile(tr("Added")))
    , m_updated(new StatTile(tr("Updated")))
    , m_unchanged(new StatTile(tr("Unchanged")))
    , m_rejected(new StatTile(tr("Rejected")))
    , m_details(new QWidget)
    , m_files(new TextLabel(TextRole::Body, false, true))
    , m_tabs(new CountTabs(44))
    , m_remarks(new ImportRemarkModel(this))
    , m_list(new ListPane(tr("Rows with remarks")))
{
    m_line->setWordWrap(true);
    m_files->setWordWrap(true);
    m_files->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_files->setAccessibleName(tr("Files with the remarks"));
    m_bar->setTextVisible(false);
    m_bar->setRange(0, barSteps);
    m_bar->setAccessibleName(tr("Progress of the import"));
    m_added->setLine({}, tr("new in the catalogue"));
    m_updated->setLine({}, tr("were there, with other facts"));
    m_unchanged->setLine({}, tr("were there with all of it"));
    m_rejected->setLine({}, tr("cannot be used as they are"));
    m_tabs->addTab(tr("Rejected rows"));
    m_tabs->addTab(tr("Notes"));
    m_tabs->setAccessibleName(tr("Rows with remarks"));
    connect(m_tabs, &QTabBar::currentChanged, this, &ImportResultPane::showList);
    m_list->table()->setModel(m_remarks);
    m_list->table()->setSampleTexts({u"1,000,000"_s, u"One Hundred Years of Solitude (Series)"_s, QString()},
                                    ImportRemarkModel::Text);
    m_list->table()->cells()->setStrongColumns({ImportRemarkModel::Text});

    auto *tiles = new QHBoxLayout;
    tiles->setSpacing(12);
    for (StatTile *tile : {m_added, m_updated, m_unchanged, m_rejected})
        tiles->addWidget(tile, 1);
    auto *details = new QVBoxLayout(m_details);
    details->setContentsMargins(0, 0, 0, 0);
    details->setSpacing(0);
    auto *filesBox = new QVBoxLayout;
    filesBox->setContentsMargins(margin, 4, margin, 8);
    filesBox->addWidget(m_files);
    details->addWidget(m_tabs);
    details->addLayout(filesBox);
    details->addWidget(m_list, 1);

    auto *top = new QVBoxLayout;
    top->setContentsMargins(margin, 12, margin, 4);
    top->setSpacing(10);
    top->addWidget(m_bar);
    top->addWidget(m_line);
    top->addLayout(tiles);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(m_details, 1);
    column->addStretch();
}

QString ImportResultPane::line() const
{
    return m_line->text();
}

void ImportResultPane::showCounts(const ImportCounts &counts)
{
    m_added->setValue(number(counts.added));
    m_updated->setValue(number(counts.updated));
    m_unchanged->setValue(number(counts.unchanged));
    m_rejected->setValue(number(counts.rejected), counts.rejected > 0 ? Status::Refused : Status::None);
}

void ImportResultPane::setProgress(const ImportProgress &progress, bool isCancelling)
{
    m_bar->show();
    m_details->hide();
    m_bar->setValue(progress.size > 0 ? static_cast<int>(barSteps * progress.bytes / progress.size) : 0);
    showCounts(progress.counts);
    if (isCancelling) {
        m_line->setText(tr("Cancelling: the rows under way are still written."));
        return;
    }
    QString text = rowsText(progress.counts.read);
    if (const auto rate = static_cast<qint64>(progress.rate()); rate > 0)
        text += tr(", %1 a second").arg(number(rate));
    if (const auto left = progress.remaining(); left.count() >= 0)
        text += u", "_s + durationText(left);
    m_line->setText(text);
}

void ImportResultPane::setReport(const ImportReport &report)
{
    m_report = report;
    m_bar->hide();
    showCounts(report.counts);
    const auto seconds = std::max<qint64>(1, (report.elapsed.count() + 500) / 1000);
    m_line->setText(tr("%1 read in %2.")
                        .arg(rowsText(report.counts.read),
                             seconds == 1 ? tr("1 second") : tr("%1 seconds").arg(number(seconds))));
    m_tabs->setCount(Rejected, number(report.counts.rejected));
    m_tabs->setCount(Notes, number(report.counts.notes));
    m_details->show();
    m_tabs->setCurrentIndex(report.counts.rejected == 0 && report.counts.notes > 0 ? Notes : Rejected);
    showList(m_tabs->currentIndex());
}

void ImportResultPane::showList(int tab)
{
    const bool isNotes = tab == Notes;
    const auto &list = isNotes ? m_report.firstNotes : m_report.firstRejects;
    m_remarks->setRemarks(list);
    const QString file = isNotes ? m_report.notesFile : m_report.rejectsFile;
    m_files->setText(
        isNotes ? tr("What was left out of rows that went in. All of it is in %1.").arg(isolated(file))
                : tr("Rows that did not go in. All of them are in %1: correct them there and import "
                     "that file.")
                      .arg(isolated(file)));
    m_files->setVisible(!file.isEmpty());
    if (!list.empty())
        m_list->showRows();
    else if (isNotes)
        m_list->showWords(
            {u"done"_s, tr("No notes"), tr("Nothing was left out of the rows that went in."), {}});
    else
        m_list->showWords({u"done"_s, tr("No row was rejected"), tr("Every row of the file went in."), {}});
}

} // namespace Branchline
