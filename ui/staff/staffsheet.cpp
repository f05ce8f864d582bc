// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffsheet.h"

#include "ui/editing/editorhead.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/textline.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Mode = StaffSheetMode;

constexpr qsizetype leastPassword = 8;
constexpr int formWidth = 640;

} // namespace

StaffSheet::StaffSheet(QWidget *parent)
    : Panel(Ground::Surface, NoEdge, parent)
    , m_head(new EditorHead(tr("Staff")))
    , m_messages(new MessageBar)
    , m_intro(new TextLabel(TextRole::Body, false, true))
    , m_login(new QLineEdit)
    , m_name(new QLineEdit)
    , m_group(new QComboBox)
    , m_password(makePassword())
    , m_again(makePassword())
    , m_fields(new QWidget)
    , m_foot(new Panel(Ground::Window, TopEdge))
    , m_remark(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_cancel(new Button({}, tr("Cancel"), u"Esc"_s))
    , m_go(new Button({}, tr("Add"), u"Ctrl+S"_s))
{
    makeForm();
    makeFoot();
    auto *scroll = new QScrollArea;
    scroll->setWidget(m_fields);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->viewport()->setAutoFillBackground(false);
    m_fields->setAutoFillBackground(false);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(m_head);
    page->addWidget(m_messages);
    page->addWidget(scroll, 1);
    page->addWidget(m_foot);
    connect(m_head, &EditorHead::backRequested, this, &StaffSheet::cancelled);
    connect(m_cancel, &QAbstractButton::clicked, this, &StaffSheet::cancelled);
    connect(m_go, &QAbstractButton::clicked, this, &StaffSheet::submit);
    connect(m_group, &QComboBox::currentIndexChanged, this, &StaffSheet::showGroup);
    for (const auto &keys : {QKeySequence(QKeySequence::Save), QKeySequence(Qt::CTRL | Qt::Key_Return)})
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, &StaffSheet::submit);
    begin(Mode::Add, {});
}

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

void StaffSheet::begin(StaffSheetMode mode, const StaffFacts &facts)
{
    m_mode = mode;
    m_facts = facts;
    const bool isNew = mode == Mode::Add;
    m_login->setText(isNew ? QString() : facts.login);
    m_name->setText(isNew ? QString() : facts.name);
    const int group = m_group->findData(isNew || facts.group.isEmpty() ? u"branchline_staff"_s : facts.group);
    m_group->setCurrentIndex(std::max(0, group));
    clearPasswords();
    m_messages->clear();
    for (QLineEdit *field : {m_login, m_name, m_password, m_again})
        rowOf(field)->setProblem(field, {});
    m_loginRow->setVisible(isNew);
    m_nameRow->setVisible(isNew);
    m_groupRow->setVisible(mode != Mode::Own);
    m_password->setPlaceholderText(needsPassword() ? tr("At least 8 characters")
                                                   : tr("Empty: the password stays as it is"));
    const QString kept = tr("Servers get a verifier that is computed here, never the password itself.");
    m_remark->setText(kept);
    switch (mode) {
    case Mode::Add:
        m_head->setTitle(tr("Add a member of staff"), tr("New"));
        m_intro->setText(tr("The login is made on every server. Rights are given afterwards, branch by "
                            "branch: without them somebody can sign in and search, and nothing else."));
        m_go->setText(tr("Add"));
        break;
    case Mode::Return:
        m_head->setTitle(tr("Let %1 in again").arg(facts.name), tr("Disabled"));
        m_intro->setText(tr("%1 may sign in again on every server, with a new password. The rights of "
                            "before do not come back: tick them anew.")
                             .arg(facts.login));
        m_go->setText(tr("Let in again"));
        break;
    case Mode::Login:
        m_head->setTitle(tr("Password and group of %1").arg(facts.name), {});
        m_intro->setText(facts.open.isEmpty()
                             ? tr("Both are set on every server. Open sessions go on with what they have.")
                             : tr("%1 A new password makes the login the same on every server.")
                                   .arg(facts.open.join(u' ')));
        m_go->setText(tr("Set"));
        break;
    case Mode::Own:
        m_head->setTitle(tr("Change my password"), {});
        m_intro->setText(tr("It is changed on every server, or, if one does not answer, on none. You stay "
                            "signed in here."));
        m_go->setText(tr("Change"));
        break;
    }
    setAccessibleName(tr("Form: %1").arg(m_go->text()));
    setFocusProxy(isNew ? m_name : m_password);
    setBusy(false);
}

void StaffSheet::setBusy(bool busy)
{
    m_fields->setEnabled(!busy);
    m_go->setEnabled(!busy);
    m_go->setToolTip(busy ? tr("The servers are being asked.") : QString());
    m_remark->setText(busy ? tr("Every server is being asked. One that does not answer takes some seconds …")
                           : tr("Servers get a verifier that is computed here, never the password itself."));
}

void StaffSheet::clearPasswords()
{
    m_password->setText({}); // unlike clear(), this leaves nothing in the history
    m_again->setText({});
}

bool StaffSheet::isTouched() const
{
    const bool isNew = m_mode == Mode::Add;
    return (isNew && (!m_login->text().isEmpty() || !m_name->text().isEmpty())) ||
           !m_password->text().isEmpty() || !m_again->text().isEmpty();
}

bool StaffSheet::needsPassword() const
{
    return m_mode != Mode::Login || !m_facts.open.isEmpty();
}

FieldRow *StaffSheet::rowOf(const QWidget *field) const
{
    return field == m_login      ? m_loginRow
           : field == m_name     ? m_nameRow
           : field == m_password ? m_passwordRow
                                 : m_againRow;
}

QString StaffSheet::problemOf(const QWidget *field) const
{
    static const QRegularExpression valid(u"^[a-z_][a-z0-9_]{0,62}$"_s);
    if (field == m_name && m_mode == Mode::Add && m_name->text().simplified().isEmpty())
        return tr("A name is needed, so that colleagues know who it is.");
    if (field == m_login && m_mode == Mode::Add && !valid.match(m_login->text()).hasMatch())
        return m_login->text().isEmpty()
                   ? tr("A login is needed: it is what the person signs in with.")
                   : tr("A login has small letters a to z, digits and “_”, and no digit first.");
    if (field == m_login && m_mode == Mode::Add &&
        (m_login->text().startsWith("pg_"_L1) || m_login->text().startsWith("branchline_"_L1)))
        return tr("Logins that begin like this belong to the server. Choose another.");
    const QString password = m_password->text();
    if (field == m_password && (needsPassword() || !password.isEmpty()) && password.size() < leastPassword)
        return password.isEmpty() ? tr("A password is needed, of at least 8 characters.")
                                  : tr("At least 8 characters: there are %1.").arg(password.size());
    if (field == m_again && m_again->text() != password)
        return tr("The two passwords differ. Type the same one in both fields.");
    return {};
}

bool StaffSheet::check(QWidget *field)
{
    const QString problem = problemOf(field);
    rowOf(field)->setProblem(field, problem);
    return problem.isEmpty();
}

void StaffSheet::submit()
{
    if (!m_go->isEnabled())
        return;
    QLineEdit *firstWrong = nullptr;
    for (QLineEdit *field : {m_name, m_login, m_password, m_again}) {
        if (!check(field) && !firstWrong)
            firstWrong = field;
    }
    if (firstWrong)
        return firstWrong->setFocus(Qt::OtherFocusReason);
    m_messages->clear();
    Q_EMIT submitted({.login = m_login->text(),
                      .name = m_name->text().simplified(),
                      .group = m_group->currentData().toString(),
                      .password = m_password->text()});
}

bool StaffSheet::eventFilter(QObject *watched, QEvent *event)
{
    auto *field = qobject_cast<QLineEdit *>(watched);
    // Leaving an empty field is no mistake yet; the way out of the sheet least of all.
    if (event->type() == QEvent::FocusOut && field && !field->text().isEmpty() &&
        static_cast<QFocusEvent *>(event)->reason() != Qt::ActiveWindowFocusReason)
        check(field);
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if ((key == Qt::Key_Return || key == Qt::Key_Enter) &&
            static_cast<QKeyEvent *>(event)->modifiers() == Qt::NoModifier) {
            focusNextChild();
            return true;
        }
    }
    return Panel::eventFilter(watched, event);
}

void StaffSheet::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        Q_EMIT cancelled();
    else
        Panel::keyPressEvent(event);
}

} // namespace Branchline
