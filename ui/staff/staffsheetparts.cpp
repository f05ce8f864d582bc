// SPDX-License-Identifier: GPL-3.0-or-later
//
// What StaffSheet is made of: its fields and its foot, and the words of each mode.
#include "ui/editing/editorhead.h"
#include "ui/staff/staffsheet.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/textline.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Mode = StaffSheetMode;

constexpr int formWidth = 640;

} // namespace

QLineEdit *StaffSheet::makePassword()
{
    auto *field = new QLineEdit;
    field->setEchoMode(QLineEdit::Password);
    field->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                               Qt::ImhNoAutoUppercase);
    return field;
}

void StaffSheet::makeForm()
{
    m_intro->setWordWrap(true);
    m_login->setMaxLength(63);
    m_login->setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase | Qt::ImhLowercaseOnly);
    m_login->setPlaceholderText(tr("Small letters and digits, such as clara"));
    m_name->setMaxLength(200);
    m_name->setPlaceholderText(tr("As colleagues know the person"));
    auto *column = new QWidget;
    column->setMaximumWidth(formWidth);
    auto *rows = new QVBoxLayout(column);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(10);
    m_nameRow = new FieldRow(tr("Name"), m_name);
    m_loginRow = new FieldRow(tr("Login"), m_login);
    m_groupRow = new FieldRow(tr("Group"), m_group);
    m_passwordRow = new FieldRow(tr("Password"), m_password);
    m_againRow = new FieldRow(tr("Once more"), m_again);
    m_again->setAccessibleName(tr("The same password once more"));
    rows->addWidget(m_intro);
    rows->addSpacing(4);
    for (FieldRow *row : {m_nameRow, m_loginRow, m_groupRow, m_passwordRow, m_againRow})
        rows->addWidget(row);
    rows->addStretch(1);
    auto *box = new QHBoxLayout(m_fields);
    box->setContentsMargins(20, 20, 20, 20);
    box->addWidget(column, 100);
    box->addStretch(1);
    for (QLineEdit *field : {m_login, m_name, m_password, m_again}) {
        field->installEventFilter(this);
        // What was said goes as soon as it is mended; it comes back when the field is left.
        connect(field, &QLineEdit::textEdited, this, [this, field] {
            if (problemOf(field).isEmpty())
                rowOf(field)->setProblem(field, {});
        });
    }
    m_group->installEventFilter(this);
    setFocusProxy(m_name);
}

void StaffSheet::makeFoot()
{
    m_go->setKind(Button::Kind::Primary);
    for (Button *button : {m_cancel, m_go})
        button->setAutoDefault(false);
    auto *row = new QHBoxLayout(m_foot);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(8);
    row->addWidget(m_remark, 1);
    row->addWidget(m_cancel);
    row->addWidget(m_go);
    m_foot->setFixedHeight(controlHeight(52, textFont(TextRole::Body), 32));
}

void StaffSheet::setGroups(const QList<Group> &groups)
{
    m_group->clear();
    for (const Group &group : groups) {
        m_group->addItem(group.name, group.group);
        m_group->setItemData(m_group->count() - 1, group.explanation, Qt::ToolTipRole);
    }
    showGroup();
}

void StaffSheet::showGroup()
{
    m_groupRow->setRemark(m_group->currentData(Qt::ToolTipRole).toString());
    m_group->setAccessibleDescription(m_group->currentData(Qt::ToolTipRole).toString());
}

void StaffSheet::showMode()
{
    switch (m_mode) {
    case Mode::Add:
        m_head->setTitle(tr("Add a member of staff"), tr("New"));
        m_intro->setText(tr("The login is made on every server. Rights are given afterwards, branch by "
                            "branch: without them somebody can sign in and search, and nothing else."));
        m_go->setText(tr("Add"));
        break;
    case Mode::Return:
        m_head->setTitle(tr("Let %1 in again").arg(m_facts.name), tr("Disabled"));
        m_intro->setText(tr("%1 may sign in again on every server, with a new password. The rights of "
                            "before do not come back: tick them anew.")
                             .arg(m_facts.login));
        m_go->setText(tr("Let in again"));
        break;
    case Mode::Login:
        m_head->setTitle(tr("Password and group of %1").arg(m_facts.name), {});
        m_intro->setText(m_facts.open.isEmpty()
                             ? tr("Both are set on every server. Open sessions go on with what they have.")
                             : tr("%1 A new password makes the login the same on every server.")
                                   .arg(m_facts.open.join(u' ')));
        m_go->setText(tr("Set"));
        break;
    case Mode::Own:
        m_head->setTitle(tr("Change my password"), {});
        m_intro->setText(tr("It is changed on every server, or, if one does not answer, on none. You stay "
                            "signed in here."));
        m_go->setText(tr("Change"));
        break;
    }
}

} // namespace Branchline
