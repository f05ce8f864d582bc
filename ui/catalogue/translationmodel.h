// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/editing.h"

#include <QAbstractTableModel>

namespace Branchline {

/// Translations as the rows of an editable table: language, title, and whether there is a description.
class TranslationModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TranslationModel)

public:
    enum Column { Language, Title, Text, Columns };

    explicit TranslationModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    /// Rows that stay keep their place, so that a selection does.
    void setRows(const QList<BookTranslation> &rows);
    [[nodiscard]] const QList<BookTranslation> &rows() const { return m_rows; }
    void append(const BookTranslation &row);
    void removeAt(int row);
    void setDescription(int row, const QString &text);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

Q_SIGNALS:
    void edited();

private:
    QList<BookTranslation> m_rows;
};

} // namespace Branchline
