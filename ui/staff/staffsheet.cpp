// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffsheet.h"

#include "ui/editing/editorhead.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

#include <utility>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Mode = StaffSheetMode;

constexpr qsizetype leastPassword = 8;

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

void StaffSheet::begin(StaffSheetMode mode, const StaffFacts &facts)
{
    m_mode = mode;
    m_facts = facts;
    const bool isNew = mode == Mode::Add;
    m_login->setText(isNew ? QString() : facts.login);
    m_name->setText(isNew ? QString() : facts.name);
    const int group = m_group->findData(isNew || facts.group.isEmpty() ? u"branchline_staff"_s : facts.group);
    m_group->setCurrentIndex(std::max(0, group));
    m_groupBefore = m_group->currentIndex();
    clearPasswords();
    m_then = nullptr;
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
    showMode();
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
    return m_group->currentIndex() != m_groupBefore ||
           (isNew && (!m_login->text().isEmpty() || !m_name->text().isEmpty())) ||
           !m_password->text().isEmpty() || !m_again->text().isEmpty();
}

void StaffSheet::leave(std::function<void()> then)
{
    if (!isTouched()) {
        then();
        return;
    }
    m_then = std::move(then);
    auto *drop = new QAction(tr("Discard"), m_messages);
    auto *stay = new QAction(tr("Go on editing"), m_messages);
    connect(drop, &QAction::triggered, this, [this] {
        m_messages->clear();
        std::exchange(m_then, nullptr)();
    });
    connect(stay, &QAction::triggered, this, &StaffSheet::goOn);
    m_messages->showMessage(MessageBar::Kind::Warning, tr("What you typed has not been sent."),
                            tr("It is lost when you leave."), {drop, stay});
    const auto buttons = m_messages->findChildren<Button *>();
    for (Button *button : buttons) {
        if (button->text() == stay->text())
            button->setFocus(Qt::ShortcutFocusReason);
    }
}

bool StaffSheet::goOn()
{
    if (!std::exchange(m_then, nullptr))
        return false;
    m_messages->clear();
    setFocus(Qt::OtherFocusReason);
    return true;
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
    if (std::exchange(m_then, nullptr)) // that is the answer
        m_messages->clear();
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
    if (event->key() == Qt::Key_Escape && !goOn())
        Q_EMIT cancelled();
    else if (event->key() != Qt::Key_Escape)
        Panel::keyPressEvent(event);
}

} // namespace Branchline
