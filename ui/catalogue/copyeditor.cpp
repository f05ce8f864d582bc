// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/copyeditor.h"

#include "ui/editing/editorfoot.h"
#include "ui/editing/editorhead.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/typography.h"

#include <QComboBox>
#include <QLineEdit>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

CopyEditor::CopyEditor(CopySession *session, const QString &pageName, QWidget *parent)
    : EditorSheet(session, pageName, parent)
    , m_copy(session)
{
    setAccessibleName(tr("Form of a copy"));
    auto *barcode = new QLineEdit;
    barcode->setFixedWidth(258);
    barcode->setMaxLength(64);
    barcode->setLayoutDirection(Qt::LeftToRight);
    barcode->setPlaceholderText(session->isNew() ? tr("Scan the label") : QString());
    addText(u"barcode"_s, barcode, 0);
    auto *branch = new QComboBox;
    for (const auto &[id, name] : session->branches())
        branch->addItem(name, id);
    addChoice(u"branch"_s, branch, 0);
    m_material = new QComboBox;
    m_material->setMinimumContentsLength(18);
    branch->setMinimumContentsLength(18);
    addChoice(u"material"_s, m_material, 0);
    addPlace();
    addStatus();
    addArea(u"note"_s, new TextArea(3));
    addSection(u"copy"_s, u"book"_s, tr("Copy"),
               {u"barcode"_s, u"branch"_s, u"material"_s, u"status"_s, u"note"_s},
               session->isNew() ? barcode : static_cast<QWidget *>(m_material));
    addSection(u"place"_s, u"branch"_s, tr("Place"), {u"floor"_s, u"room"_s, u"shelf"_s}, field(u"floor"_s));
    setFocusProxy(session->isNew() ? barcode : static_cast<QWidget *>(m_material));

    m_another = new Button(u"plus"_s, tr("Another copy"), {}, this);
    m_another->setSmall(true);
    head()->addButton(m_another);
    head()->addButton(removeButton());
    connect(m_another, &Button::clicked, this,
            [this] { leave([this] { Q_EMIT addCopyRequested(m_copy->record().book); }); });
    connect(session, &CopySession::choicesKnown, this, &CopyEditor::showChoices);
    showChoices();
}

void CopyEditor::addPlace()
{
    const auto number = [](int most) {
        auto *line = new QLineEdit;
        line->setFixedWidth(88);
        line->setMaxLength(most);
        return line;
    };
    FieldRow *row = addText(u"floor"_s, number(4), 0);
    joinText(row, u"room"_s, number(5));
    joinText(row, u"shelf"_s, number(6));
    row->setRemark(tr("Floor 0 is the ground floor."));
}

void CopyEditor::addStatus()
{
    m_status = new QComboBox;
    m_status->setMinimumContentsLength(18);
    for (const auto &status : {u"available"_s, u"missing"_s, u"lost"_s, u"damaged"_s, u"withdrawn"_s})
        m_status->addItem(copyStatusName(status), status);
    connect(m_status, &QComboBox::activated, this,
            [this](int index) { m_copy->edit(u"status"_s, m_status->itemData(index).toString()); });
    m_statusRow = addField(
        u"status"_s, m_status,
        [this](const QVariant &value) {
            // What circulation says is shown, and cannot be chosen.
            for (const auto &status : {u"lent"_s, u"in_transit"_s}) {
                const int index = m_status->findData(status);
                if (value.toString() == status && index < 0)
                    m_status->addItem(copyStatusName(status), status);
                else if (value.toString() != status && index >= 0)
                    m_status->removeItem(index);
            }
            m_status->setCurrentIndex(m_status->findData(value.toString()));
        },
        0);
}

void CopyEditor::showChoices()
{
    const QString chosen = m_copy->text(u"material"_s);
    m_material->clear();
    for (const CodeName &type : m_copy->materials())
        m_material->addItem(type.name, type.code);
    if (m_material->findData(chosen) < 0)
        m_material->addItem(chosen, chosen);
    m_material->setCurrentIndex(m_material->findData(chosen));
    showFacts();
}

bool CopyEditor::isEditable(const QString &key) const
{
    if (key == "barcode"_L1 || key == "branch"_L1)
        return m_copy->isNew();
    if (key == "status"_L1)
        return !m_copy->isNew() && !m_copy->record().onLoan;
    return true;
}

QString CopyEditor::subject() const
{
    return tr("this copy");
}

void CopyEditor::showFacts()
{
    const bool isNew = m_copy->isNew();
    const CopyRecord &record = m_copy->record();
    const QString book = m_copy->bookTitle();
    head()->setTitle(isNew ? (book.isEmpty() ? tr("New copy") : tr("New copy of “%1”").arg(book))
                           : record.barcode,
                     m_copy->isRemoved() ? tr("Removed")
                     : isNew             ? tr("New")
                                         : tr("Editing"));
    foot()->setSaveText(isNew ? tr("Add copy") : tr("Save"));
    if (m_another)
        m_another->setVisible(!isNew && !m_copy->isRemoved());
    if (m_statusRow)
        m_statusRow->setRemark(record.onLoan ? tr("The desk changes it when the copy comes back.")
                                             : QString());
    QList<std::pair<QString, QString>> facts{{tr("Book"), book}, {tr("By"), record.authorLine}};
    if (!isNew) {
        facts.append({tr("Branch"), m_copy->branchName(record.branch)});
        if (record.dueAt.isValid())
            facts.append({tr("Due"), QLocale().toString(record.dueAt.toLocalTime().date(), u"d MMM yyyy"_s)});
        facts.append(
            {tr("Changed"),
             tr("%1, %2", "date and person")
                 .arg(QLocale().toString(m_copy->revision().changedAt.toLocalTime().date(), u"d MMM yyyy"_s),
                      m_copy->revision().changedBy)});
        facts.append({tr("Version"), QString::number(m_copy->revision().version)});
    }
    checks()->setFacts(facts);
}

} // namespace Branchline
