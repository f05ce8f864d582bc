// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/history/history.h"

#include <QAbstractTableModel>

namespace Branchline {

/// A history for reading: one row for each field of an entry, of which the first says who, when and where
/// too; the roles are those of models/roles.h. It only grows until it is cleared. GUI thread only.
class HistoryModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HistoryModel)

public:
    enum Column { When, Who, Desk, What, Field, Before, After, ColumnCount };

    enum class Shows { Everything, FieldsAlone };

    /// With the fields alone, Field is column 0.
    explicit HistoryModel(QObject *parent = nullptr, Shows shows = Shows::Everything);

    void clear();
    /// Entries behind those that are there.
    void append(const std::vector<HistoryEntry> &entries);
    [[nodiscard]] int entryCount() const { return static_cast<int>(m_entries.size()); }
    /// From the newest on; \a index is below entryCount().
    [[nodiscard]] const HistoryEntry &entry(int index) const
    {
        return m_entries.at(static_cast<size_t>(index));
    }
    /// This entry and no other.
    void showEntry(const HistoryEntry &entry);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Line
    {
        size_t entry;
        size_t change; ///< nothing behind the last: an entry without fields
        bool isFirst;
    };

    [[nodiscard]] QString text(const Line &line, int column) const;
    [[nodiscard]] QString changeText(const HistoryEntry &entry, const HistoryChange &change,
                                     int column) const;

    const int m_first; ///< what column 0 is
    std::vector<HistoryEntry> m_entries;
    std::vector<Line> m_lines;
};

} // namespace Branchline
