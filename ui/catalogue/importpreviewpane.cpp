// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/importpreviewpane.h"

#include "models/catalogue/bookmodel.h"
#include "models/roles.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textlabel.h"

#include <QFormLayout>
#include <QHeaderView>
#include <QLocale>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

enum Column { Title, Authors, Year, Language, Isbn, ColumnCount };

constexpr int margin = 16;

QString yearText(const QString &year)
{
    return year.startsWith(u'-') ? ImportPreviewPane::tr("%1 BC").arg(year.mid(1)) : year;
}

TextLabel *wrapped(bool muted = false)
{
    auto *label = new TextLabel(TextRole::Body, false, muted);
    label->setWordWrap(true);
    return label;
}

} // namespace

QString fileSizeText(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, bytes < 1000 ? 0 : 1, QLocale::DataSizeSIFormat);
}

ImportPreviewPane::ImportPreviewPane(QWidget *parent)
    : QWidget(parent)
    , m_rejects(wrapped(true))
    , m_books(new QStandardItemModel(0, ColumnCount, this))
    , m_table(new TableView)
{
    auto *facts = new QWidget;
    auto *form = new QFormLayout(facts);
    form->setContentsMargins(margin, 4, margin, 12);
    form->setHorizontalSpacing(16);
    form->setVerticalSpacing(4);
    m_format = addFact(form, tr("File"));
    m_used = addFact(form, tr("Columns"));
    m_remarks = addFact(form, tr("Please note"));

    m_books->setHorizontalHeaderLabels({tr("Title"), tr("Authors"), tr("Year"), tr("Language"), tr("ISBN")});
    m_books->setHeaderData(Year, Qt::Horizontal, true, Roles::IsNumber);
    m_table->setModel(m_books);
    m_table->setAccessibleName(tr("The first books of the file"));
    m_table->setSampleTexts({QString(), u"Gabriel García Márquez, Gregory Rabassa"_s, u"2000 BC"_s,
                             u"Portuguese"_s, u"9780000000000"_s},
                            Title);
    m_table->cells()->setStrongColumns({Title});

    auto *rules = wrapped(true);
    rules->setText(
        tr("A book with the same ISBN is the same book; without one, a book with the same title, "
           "first author and year. What the file says replaces what the catalogue says; empty cells "
           "change nothing. Importing a file again does no harm."));
    auto *rulesBox = new QVBoxLayout;
    rulesBox->setContentsMargins(margin, 8, margin, 12);
    rulesBox->setSpacing(6);
    rulesBox->addWidget(rules);
    rulesBox->addWidget(m_rejects);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 12, 0, 0);
    column->setSpacing(0);
    column->addWidget(facts);
    column->addWidget(new SectionLine(tr("The first books of the file")));
    column->addWidget(m_table, 1);
    column->addWidget(new SectionLine(tr("What will happen")));
    column->addLayout(rulesBox);
}

TextLabel *ImportPreviewPane::addFact(QFormLayout *form, const QString &label)
{
    auto *name = new TextLabel(TextRole::Body, false, true);
    name->setText(label);
    auto *value = wrapped();
    value->setAccessibleDescription(label);
    form->addRow(name, value);
    return value;
}

void ImportPreviewPane::setPreview(const ImportPreview &preview)
{
    m_format->setText(tr("%1, %2, cells separated by: %3")
                          .arg(fileSizeText(preview.size), preview.encoding, preview.separator));
    m_used->setText(preview.usedColumns.join(u", "_s));
    m_remarks->setText(preview.remarks.isEmpty() ? tr("Nothing; every column is used.")
                                                 : preview.remarks.join(u' '));
    m_rejects->setText(tr("Rows that cannot be used go to %1, with the reason; the others are imported.")
                           .arg(preview.rejectsFile));
    m_books->removeRows(0, m_books->rowCount());
    for (const ImportPreview::Book &book : preview.books) {
        QList<QStandardItem *> row;
        const bool isGood = book.problem.isEmpty();
        for (const QString &text : {isGood ? book.title : tr("Rejected: %1").arg(book.problem), book.authors,
                                    yearText(book.year), languageName(book.language), book.isbn13})
            row << new QStandardItem(text);
        if (!isGood)
            row.at(Title)->setData(Roles::Refused, Roles::InkKind);
        row.at(Year)->setData(true, Roles::IsNumber);
        m_books->appendRow(row);
    }
}

} // namespace Branchline
