// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"

#include <QWidget>

class QProgressBar;

namespace Branchline {

class CountTabs;
class ImportRemarkModel;
class ListPane;
class StatTile;
class TextLabel;

/// How far an import is, and in the same place what became of it.
class ImportResultPane final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportResultPane)

public:
    explicit ImportResultPane(QWidget *parent = nullptr);

    void setProgress(const ImportProgress &progress, bool isCancelling);
    void setReport(const ImportReport &report);
    [[nodiscard]] QString line() const;

private:
    void showCounts(const ImportCounts &counts);
    void showList(int tab);

    ImportReport m_report;
    QProgressBar *m_bar;
    TextLabel *m_line;
    StatTile *m_added;
    StatTile *m_updated;
    StatTile *m_unchanged;
    StatTile *m_rejected;
    QWidget *m_details;
    TextLabel *m_files;
    CountTabs *m_tabs;
    ImportRemarkModel *m_remarks;
    ListPane *m_list;
};

} // namespace Branchline
