// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"

#include <QWidget>

class QFormLayout;
class QStandardItemModel;

namespace Branchline {

class TableView;
class TextLabel;

/// What is in a file that is about to be imported, and what will happen. Knows nothing of files.
class ImportPreviewPane final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportPreviewPane)

public:
    explicit ImportPreviewPane(QWidget *parent = nullptr);

    void setPreview(const ImportPreview &preview);

private:
    [[nodiscard]] TextLabel *addFact(QFormLayout *form, const QString &label);

    TextLabel *m_format;
    TextLabel *m_used;
    TextLabel *m_remarks;
    TextLabel *m_rejects;
    QStandardItemModel *m_books;
    TableView *m_table;
};

/// A size for people: "939 kB".
[[nodiscard]] QString fileSizeText(qint64 bytes);

} // namespace Branchline
