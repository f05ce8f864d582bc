// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/history/entrypane.h"

#include "models/history/historywords.h"
#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/textline.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int mostFields = 11; ///< in the smallest window; the others are scrolled to
constexpr int beforeColumn = 1;
constexpr int afterColumn = 2;

/// The record as something that can be opened; empty: it cannot.
QString openText(const HistoryEntry &entry)
{
    if (entry.row.isNull() || entry.operation == "delete"_L1)
        return {};
    if (entry.table == "books"_L1)
        return EntryPane::tr("Open the book");
    if (entry.table == "users"_L1)
        return EntryPane::tr("Open the patron");
    if (entry.table == "physical_exemplars"_L1 || entry.table == "op_result"_L1)
        return EntryPane::tr("Open the copy");
    return {};
}

} // namespace

EntryPane::EntryPane(QWidget *parent)
    : Panel(Ground::Surface, StartEdge, parent)
    , m_model(new HistoryModel(this, HistoryModel::Shows::FieldsAlone))
    , m_back(new Button(u"back"_s, tr("Back to the list"), tr("Esc")))
    , m_nothing(new EmptyState)
    , m_none(new TextLabel(TextRole::Body, false, true))
    , m_fields(new TableView)
    , m_whole(new TextLabel)
{
    setAccessibleName(tr("The selected entry"));
    m_nothing->setContent(u"history"_s, tr("Nothing selected"),
                          tr("Choose an entry to see what was changed."));
    m_back->setKind(Button::Kind::Flat);
    m_back->hide();
    connect(m_back, &QAbstractButton::clicked, this, &EntryPane::backRequested);
    m_none->setWordWrap(true);
    m_none->setContentsMargins(16, 12, 16, 12);
    m_fields->setAccessibleName(tr("What was changed"));
    m_fields->setModel(m_model);
    m_fields->setCompact(true);
    m_fields->setSampleTexts({tr("Returned at branch"), tr("Available"), {}}, afterColumn);
    m_fields->horizontalHeader()->setSectionResizeMode(beforeColumn, QHeaderView::Stretch);
    connect(m_fields->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EntryPane::showWhole);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(1, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(m_back, 0, Qt::AlignLeading);
    page->addWidget(m_nothing, 1);
    page->addWidget(makeHead());
    page->addWidget(m_none);
    page->addWidget(m_fields);
    m_whole->setWordWrap(true);
    m_whole->setContentsMargins(16, 8, 16, 8);
    page->addWidget(m_whole);
    page->addStretch(1);
    setFocusProxy(m_fields);
    clear();
}

QWidget *EntryPane::makeHead()
{
    m_head = new QWidget;
    auto *column = new QVBoxLayout(m_head);
    column->setContentsMargins(16, 14, 16, 12);
    column->setSpacing(2);
    m_title = new TextLine(TextRole::Title, true);
    m_record = new TextLine(TextRole::Body);
    column->addWidget(m_title);
    column->addWidget(m_record);
    auto *grid = new QGridLayout;
    grid->setContentsMargins(0, 10, 0, 8);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    const QStringList names{tr("When"), tr("Who"), tr("Workstation"), tr("Branch"), tr("Database")};
    for (int row = 0; row < names.size(); ++row) {
        auto *label = new TextLabel(TextRole::Body, false, true);
        label->setText(names.at(row));
        auto *fact = new TextLine(TextRole::Body);
        label->setBuddy(fact);
        m_labels << label;
        m_facts << fact;
        grid->addWidget(label, row, 0);
        grid->addWidget(fact, row, 1);
    }
    column->addLayout(grid);
    m_open = new Button(u"right"_s, tr("Open the book"));
    m_open->setSmall(true);
    connect(m_open, &QAbstractButton::clicked, this, &EntryPane::recordRequested);
    column->addWidget(m_open, 0, Qt::AlignLeading);
    return m_head;
}

void EntryPane::showEntry(const HistoryEntry &entry)
{
    m_nothing->hide();
    m_head->show();
    m_title->setText(historyActionText(entry));
    m_title->setTone(entry.operation == "refused"_L1 ? TextLine::Tone::Status : TextLine::Tone::Text);
    m_title->setStatus(entry.operation == "refused"_L1 ? Status::Refused : Status::None);
    m_record->setText(historyRecordText(entry));
    const QString who =
        entry.actorName == entry.actor ? entry.actor : tr("%1 (%2)").arg(entry.actorName, entry.actor);
    const QStringList facts{historyTimeText(entry, true), who, historyDeskText(entry.desk),
                            historyPlaceText(entry), entry.database};
    for (int row = 0; row < facts.size(); ++row) {
        m_facts.at(row)->setText(facts.at(row));
        m_facts.at(row)->setVisible(!facts.at(row).isEmpty());
        m_labels.at(row)->setVisible(!facts.at(row).isEmpty());
    }
    m_open->setText(openText(entry));
    m_open->setVisible(!m_open->text().isEmpty());
    m_model->showEntry(entry);
    // One line without a field stands for an entry that changed nothing that is shown.
    const bool hasFields = !m_model->index(0, 0).data().toString().isEmpty();
    bool hasBefore = false;
    for (int row = 0; row < m_model->rowCount(); ++row)
        hasBefore = hasBefore || !m_model->index(row, beforeColumn).data().toString().isEmpty();
    m_fields->setColumnHidden(beforeColumn, !hasBefore);
    // What is said in full follows the last field.
    m_fields->setFixedHeight(m_fields->horizontalHeader()->sizeHint().height() +
                             std::min(m_model->rowCount(), mostFields) * m_fields->cells()->rowHeight());
    m_none->setText(entry.operation == "read"_L1
                        ? tr("Nothing was changed. That somebody looked at another branch's records is kept.")
                        : tr("No field was changed that is of use here."));
    m_none->setVisible(!hasFields);
    m_fields->setVisible(hasFields);
    showWhole();
}

void EntryPane::clear()
{
    m_model->clear();
    m_head->hide();
    m_none->hide();
    m_fields->hide();
    m_whole->hide();
    m_nothing->show();
}

/// A value that the table has no room for, in full below it.
void EntryPane::showWhole()
{
    const QModelIndex current = m_fields->currentIndex();
    const QModelIndex row = current.isValid() ? current : m_model->index(0, 0);
    QStringList values;
    bool isCut = false;
    for (const int column : {beforeColumn, afterColumn}) {
        const QString value = row.siblingAtColumn(column).data().toString();
        isCut = isCut || (!value.isEmpty() &&
                          fontMetrics().horizontalAdvance(value) > m_fields->columnWidth(column) - 24);
        if (!value.isEmpty())
            values << value;
    }
    m_whole->setText(values.join(u" → "_s));
    m_whole->setVisible(isCut && !m_fields->isHidden());
}

void EntryPane::setIsPage(bool isPage)
{
    m_back->setVisible(isPage);
    setEdges(isPage ? NoEdge : StartEdge);
}

QString EntryPane::words() const
{
    if (m_head->isHidden())
        return {};
    QStringList lines{m_title->text(), m_record->text()};
    for (const TextLine *fact : m_facts)
        lines << fact->text();
    return lines.join(u'\n');
}

} // namespace Branchline
