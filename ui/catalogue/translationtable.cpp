// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/translationtable.h"

#include "models/catalogue/bookmodel.h"
#include "ui/catalogue/translationmodel.h"
#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/languagebox.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/textlabel.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int mostRows = 6;

/// A list of languages in the first column, a line of text in the second.
class TranslationDelegate final : public CellDelegate
{
public:
    using CellDelegate::CellDelegate;

    QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &option,
                          const QModelIndex &index) const override
    {
        if (index.column() != TranslationModel::Language) {
            QWidget *line = CellDelegate::createEditor(parent, option, index);
            line->setAccessibleName(TranslationModel::tr("Title of the translation"));
            return line;
        }
        auto *box = new LanguageBox(false, parent);
        box->setAccessibleName(TranslationModel::tr("Language of the translation"));
        return box;
    }
    void setEditorData(QWidget *editor, const QModelIndex &index) const override
    {
        if (auto *box = qobject_cast<LanguageBox *>(editor)) {
            if (const QString code = index.data(Qt::EditRole).toString(); !code.isEmpty())
                box->setCode(code);
            return;
        }
        CellDelegate::setEditorData(editor, index);
    }
    void setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const override
    {
        if (const auto *box = qobject_cast<LanguageBox *>(editor))
            model->setData(index, box->code(), Qt::EditRole);
        else
            CellDelegate::setModelData(editor, model, index);
    }
};

} // namespace

TranslationTable::TranslationTable(QWidget *parent)
    : QWidget(parent)
    , m_model(new TranslationModel(this))
    , m_table(new TableView(this))
    , m_add(new Button(u"plus"_s, tr("Add translation"), tr("Ctrl+T"), this))
    , m_remove(new Button({}, tr("Remove the row"), tr("Del"), this))
    , m_textRow(new QWidget(this))
    , m_textLabel(new TextLabel(TextRole::Body, false, true, m_textRow))
    , m_text(new TextArea(2, m_textRow))
{
    auto *title = new TextLabel(TextRole::Subhead, true, false, this);
    title->setText(tr("Translations"));
    auto *remark = new TextLabel(TextRole::Body, false, true, this);
    remark->setText(tr("titles that readers can also search by"));
    remark->setElided(true);
    for (Button *button : {m_add, m_remove})
        button->setSmall(true);
    m_remove->setKind(Button::Kind::Flat);
    m_table->setAccessibleName(tr("Translations"));
    m_table->setModel(m_model);
    auto *delegate = new TranslationDelegate(m_table);
    delegate->setStrongColumns({TranslationModel::Title});
    delegate->setCompact(true);
    m_table->setItemDelegate(delegate);
    m_table->setCompact(true);
    m_table->setSampleTexts({u"Norwegian Nynorsk"_s, {}, tr("No description yet")}, TranslationModel::Title);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed |
                             QAbstractItemView::AnyKeyPressed | QAbstractItemView::SelectedClicked);
    m_table->setTabKeyNavigation(false);
    m_table->installEventFilter(this);
    m_table->setFrameShape(QFrame::StyledPanel);
    m_textLabel->setAlignment(Qt::AlignTrailing | Qt::AlignTop);
    m_textLabel->setWordWrap(true);
    m_textLabel->setFixedWidth(FieldRow::labelWidth());

    auto *headRow = new QHBoxLayout;
    headRow->setSpacing(8);
    headRow->addWidget(title);
    headRow->addWidget(remark, 1);
    headRow->addWidget(m_remove);
    headRow->addWidget(m_add);
    auto *textLine = new QHBoxLayout(m_textRow);
    textLine->setContentsMargins(0, 0, 0, 0);
    textLine->setSpacing(12);
    textLine->addWidget(m_textLabel, 0, Qt::AlignTop);
    textLine->addWidget(m_text, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(6);
    column->addLayout(headRow);
    column->addWidget(m_table);
    column->addWidget(m_textRow);
    setFocusProxy(m_table);

    connect(m_add, &Button::clicked, this, &TranslationTable::addRow);
    connect(m_remove, &Button::clicked, this, &TranslationTable::removeRow);
    connect(m_model, &TranslationModel::edited, this, &TranslationTable::edited);
    connect(m_model, &QAbstractItemModel::modelReset, this, &TranslationTable::fit);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &TranslationTable::fit);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &TranslationTable::fit);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &TranslationTable::showDescription);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &TranslationTable::showDescription);
    connect(m_text, &QPlainTextEdit::textChanged, this,
            [this] { m_model->setDescription(m_table->currentIndex().row(), m_text->toPlainText()); });
    connect(m_table, &TableView::rowActivated, this, [this](const QModelIndex &index) {
        m_table->edit(index.siblingAtColumn(TranslationModel::Title));
    });
    fit();
}

void TranslationTable::setTranslations(const QList<BookTranslation> &translations)
{
    m_model->setRows(translations);
}

QList<BookTranslation> TranslationTable::translations() const
{
    return m_model->rows();
}

void TranslationTable::addRow()
{
    m_model->append({});
    const QModelIndex index = m_model->index(m_model->rowCount() - 1, TranslationModel::Language);
    m_table->setCurrentIndex(index);
    m_table->setFocus(Qt::ShortcutFocusReason);
    m_table->edit(index);
    Q_EMIT edited();
}

void TranslationTable::removeRow()
{
    m_model->removeAt(m_table->currentIndex().row());
}

void TranslationTable::fit()
{
    const int rows = std::min(m_model->rowCount(), mostRows);
    m_table->setVisible(rows > 0);
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() +
                            rows * m_table->verticalHeader()->defaultSectionSize() + 2);
    showDescription();
}

void TranslationTable::showDescription()
{
    const int row = m_table->currentIndex().row();
    const bool isRow = row >= 0 && row < m_model->rowCount();
    m_remove->setVisible(isRow);
    m_textRow->setVisible(isRow);
    if (!isRow)
        return;
    const BookTranslation &shown = m_model->rows().at(row);
    const QString label =
        shown.language.isEmpty() ? tr("Description") : tr("In %1").arg(languageName(shown.language));
    m_textLabel->setText(label);
    m_text->setAccessibleName(tr("Description, %1").arg(label));
    if (m_text->toPlainText() != shown.description) {
        const QSignalBlocker quiet(m_text);
        m_text->setPlainText(shown.description);
    }
}

bool TranslationTable::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_table && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent *>(event)->key() == Qt::Key_Delete) {
        removeRow();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace Branchline
