// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/firstrunview.h"

#include "ui/signin/choicecard.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/textlabel.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QProgressBar>
#include <QRadioButton>
#include <QShortcut>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int columnWidth = 768;
} // namespace

FirstRunView::FirstRunView(QWidget *parent)
    : CoverPage(tr("Welcome to Branchline"), columnWidth, parent)
    , m_group(new QButtonGroup(this))
    , m_demo(new ChoiceCard(
          m_group, static_cast<int>(Choice::Demo), u"book"_s, tr("Look around with a demo library"),
          tr("6 branches with real books and invented patrons, on this computer only. Takes "
             "about 20 seconds; delete it whenever you like.")))
    , m_new(new ChoiceCard(m_group, static_cast<int>(Choice::NewLibrary), u"computer"_s,
                           tr("Start a new library on this computer"),
                           tr("Branchline runs its own private database here. Import spreadsheets later.")))
    , m_server(new ChoiceCard(m_group, static_cast<int>(Choice::Server), u"server"_s,
                              tr("Connect to your library’s server"),
                              tr("You need the address and your sign-in name from your administrator.")))
    , m_address(new QLineEdit)
    , m_test(new Button({}, tr("Test connection"), u"Alt+T"_s))
    , m_protection(new ProtectionBox)
    , m_messages(new MessageBar)
    , m_appearance(new SegmentedSwitch)
    , m_go(new Button({}, tr("Set up demo library"), u"Enter"_s))
    , m_back(new Button({}, tr("Back"), u"Esc"_s))
    , m_cancel(new Button({}, tr("Cancel"), u"Esc"_s))
    , m_bar(new QProgressBar)
    , m_step(new TextLabel(TextRole::Body, false, true))
    , m_remark(new TextLabel(TextRole::Body, false, true))
{
    setSubtitle(tr("Where does your library keep its books and loans?"));
    makeServerCard();
    for (ChoiceCard *card : {m_demo, m_new, m_server})
        column()->addWidget(card);
    column()->addWidget(m_messages);
    column()->addSpacing(8);
    column()->addWidget(makeFoot());
    auto *remark = new Panel(Panel::Ground::Surface, Panel::TopEdge);
    auto *row = new QHBoxLayout(remark);
    row->setContentsMargins(0, 16, 0, 0);
    auto *sign = new IconLabel(18);
    sign->setIcon(u"info"_s, IconLabel::Tint::Muted);
    row->addWidget(sign, 0, Qt::AlignTop);
    m_remark->setWordWrap(true);
    row->addWidget(m_remark, 1);
    column()->addSpacing(12);
    column()->addWidget(remark);

    connect(m_group, &QButtonGroup::idToggled, this, &FirstRunView::showChoice);
    connect(m_address, &QLineEdit::textChanged, this, &FirstRunView::showChoice);
    // The card gives the focus to its button only after the choice has been told.
    connect(
        m_group, &QButtonGroup::idToggled, this,
        [this] {
            if (choice() == Choice::Server && isVisible() && !m_isBusy && !m_address->hasFocus())
                m_address->setFocus(Qt::OtherFocusReason);
        },
        Qt::QueuedConnection);
    const auto go = [this] {
        if (m_go->isEnabled() && m_go->isVisible())
            Q_EMIT goRequested(choice());
    };
    connect(m_go, &Button::clicked, this, go);
    pressOnEnter(m_go);
    connect(m_test, &Button::clicked, this, &FirstRunView::testRequested);
    connect(new QShortcut(QKeyCombination(Qt::ALT, Qt::Key_T), this), &QShortcut::activated, m_test,
            &Button::click);
    connect(m_cancel, &Button::clicked, this, &FirstRunView::cancelRequested);
    connect(m_back, &Button::clicked, this, &FirstRunView::backRequested);
    connect(new QShortcut(Qt::Key_Escape, this), &QShortcut::activated, this, [this] {
        if (m_isBusy)
            Q_EMIT cancelRequested();
        else if (m_back->isVisible() && m_back->isEnabled())
            Q_EMIT backRequested();
    });
    setChoice(Choice::Demo);
    setProgress({});
    setMayGoBack(false);
}

void FirstRunView::makeServerCard()
{
    m_address->setPlaceholderText(u"postgresql://library.example.org/books"_s);
    m_address->setAccessibleName(tr("Address of the server"));
    m_address->setLayoutDirection(Qt::LeftToRight);
    m_address->setMinimumWidth(340);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_address, 1);
    row->addWidget(m_test);
    m_server->content()->addSpacing(4);
    m_server->content()->addLayout(row);
    m_server->content()->addWidget(m_protection);
    // Who types an address wants the server.
    connect(m_address, &QLineEdit::textEdited, this, [this] { setChoice(Choice::Server); });
}

QWidget *FirstRunView::makeFoot()
{
    auto *foot = new QWidget;
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto *words = new TextLabel(TextRole::Body, false, true);
    words->setText(tr("Appearance"));
    m_appearance->setAccessibleName(tr("Appearance"));
    for (const QString &name : {tr("Follow system"), tr("Light"), tr("Dark")})
        m_appearance->addSegment(name);
    m_appearance->setCurrentIndex(static_cast<int>(Theme::instance()->mode()));
    connect(m_appearance, &SegmentedSwitch::currentChanged, this, [this](int index) {
        Theme::instance()->setMode(static_cast<Theme::Mode>(index));
        Q_EMIT appearanceChosen(static_cast<Theme::Mode>(index));
    });
    m_go->setKind(Button::Kind::Primary);
    m_go->setProperty("controlSize", u"large"_s);
    m_bar->setRange(0, 0);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(120);
    m_bar->setAccessibleName(tr("Progress"));
    m_step->setWordWrap(true);
    m_step->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    m_step->setAccessibleName(tr("Progress"));
    row->addWidget(words);
    row->addWidget(m_appearance);
    row->addStretch();
    row->addWidget(m_step, 1);
    row->addWidget(m_bar);
    row->addWidget(m_cancel);
    row->addWidget(m_back);
    row->addWidget(m_go);
    return foot;
}

void FirstRunView::setChoice(Choice choice)
{
    m_group->button(static_cast<int>(choice))->setChecked(true);
    setFocusProxy(choice == Choice::Server ? static_cast<QWidget *>(m_address)
                                           : m_group->button(static_cast<int>(choice)));
}

FirstRunView::Choice FirstRunView::choice() const
{
    return static_cast<Choice>(m_group->checkedId());
}

void FirstRunView::setAddress(const QString &address)
{
    m_address->setText(address);
}

QString FirstRunView::address() const
{
    return m_address->text().trimmed();
}

void FirstRunView::setRemark(const QString &text)
{
    m_remark->setText(text);
}

void FirstRunView::setMayGoBack(bool may)
{
    m_back->setVisible(may);
}

void FirstRunView::setProgress(const QString &step)
{
    m_isBusy = !step.isEmpty();
    m_step->setText(step);
    for (QWidget *part :
         {static_cast<QWidget *>(m_step), static_cast<QWidget *>(m_bar), static_cast<QWidget *>(m_cancel)})
        part->setVisible(m_isBusy);
    for (ChoiceCard *card : {m_demo, m_new, m_server})
        card->setEnabled(!m_isBusy);
    m_go->setVisible(!m_isBusy);
    m_back->setEnabled(!m_isBusy);
    showChoice();
}

void FirstRunView::setTesting(bool testing)
{
    m_isTesting = testing;
    m_test->setText(testing ? tr("Testing …") : tr("Test connection"));
    m_address->setReadOnly(testing);
    m_protection->setEnabled(!testing);
    showChoice();
}

void FirstRunView::showChoice()
{
    const bool hasAddress = !address().isEmpty();
    const bool isServer = choice() == Choice::Server;
    m_protection->setVisible(isServer);
    m_test->setEnabled(hasAddress && !m_isBusy && !m_isTesting);
    m_go->setText(choice() == Choice::Demo         ? tr("Set up demo library")
                  : choice() == Choice::NewLibrary ? tr("Start new library")
                                                   : tr("Continue to sign-in"));
    m_go->setEnabled(!isServer || (hasAddress && !m_isTesting));
    m_go->setToolTip(!isServer || hasAddress ? QString() : tr("Type the address of the server first."));
}

} // namespace Branchline
