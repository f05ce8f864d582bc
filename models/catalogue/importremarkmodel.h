// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"

#include <QAbstractTableModel>

namespace Branchline {

/// Remarks about rows of a file: line, title, what became of it and why. GUI thread only.
class ImportRemarkModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportRemarkModel)

public:
    enum Column { Line, Title, Text, ColumnCount };

    explicit ImportRemarkModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    void setRemarks(std::vector<ImportRemark> remarks);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<ImportRemark> m_remarks;
};

} // namespace Branchline
