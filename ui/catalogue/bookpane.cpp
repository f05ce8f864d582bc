// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/bookpane.h"

#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/statuslight.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QAbstractItemModel>
#include <QAction>
#include <QEvent>
#include <QGridLayout>
#include <QHeaderView>
#include <QHelpEvent>
#include <QLabel>
#include <QScrollArea>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int widestBranch = 150; ///< of the copies' first column, in logical pixels
constexpr int leastBranch = 70;
constexpr int cellMargins = 110; ///< of a row of copies, with the icon of its status

QLabel *wrappedLabel(TextRole role, bool semiBold)
{
    auto *label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setFont(textFont(role, semiBold));
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

void setMuted(QLabel *label)
{
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, colors().muted);
    label->setPalette(palette);
}

} // namespace

BookPane::BookPane(const QList<QAction *> &actions, QWidget *parent)
    : Panel(Ground::Surface, StartEdge, parent)
    , m_actions(actions)
    , m_back(new Button(u"undo"_s, tr("Back to the list"), tr("Esc")))
    , m_scroll(new QScrollArea)
    , m_nothing(new EmptyState)
{
    setAccessibleName(tr("The selected book"));
    m_nothing->setContent(u"book"_s, tr("Nothing selected"),
                          tr("Choose a title to see where its copies are."));
    m_back->setKind(Button::Kind::Flat);
    m_back->hide();
    connect(m_back, &QAbstractButton::clicked, this, &BookPane::backRequested);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(makeContent());
    // The pane's own ground shows through.
    m_scroll->viewport()->setAutoFillBackground(false);
    m_scroll->widget()->setAutoFillBackground(false);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(1, 0, 1, 0);
    page->setSpacing(0);
    page->addWidget(m_back, 0, Qt::AlignLeading);
    page->addWidget(m_nothing, 1);
    page->addWidget(m_scroll, 1);
    const auto recolour = [this] {
        for (QLabel *label :
             {m_isbn.term, m_published.term, m_language.term, m_categories.term, m_description})
            setMuted(label);
    };
    connect(Theme::instance(), &Theme::changed, this, recolour);
    recolour();
    setFocusProxy(m_back);
    clear();
}

QWidget *BookPane::makeContent()
{
    auto *content = new QWidget;
    m_title = wrappedLabel(TextRole::Title, true);
    m_authors = wrappedLabel(TextRole::Body, false);
    auto *head = new QVBoxLayout;
    head->setContentsMargins(16, 14, 16, 10);
    head->setSpacing(2);
    head->addWidget(m_title);
    head->addWidget(m_authors);
    head->addWidget(makeButtons());

    m_definitions = new QWidget;
    auto *grid = new QGridLayout(m_definitions);
    grid->setContentsMargins(16, 4, 16, 12);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    m_isbn = addDefinition(grid, tr("ISBN"));
    m_published = addDefinition(grid, tr("Published"));
    m_language = addDefinition(grid, tr("Language"));
    m_categories = addDefinition(grid, tr("Categories"));

    m_section = new SectionLine(tr("Copies by branch"));
    auto *fresh = new QWidget;
    m_light = new StatusLight;
    m_light->setAccessibleName(tr("Figures of the copies"));
    m_asOf = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    m_asOf->setElided(false);
    auto *freshRow = new QHBoxLayout(fresh);
    freshRow->setContentsMargins(0, 0, 0, 0);
    freshRow->setSpacing(5);
    freshRow->addWidget(m_light);
    freshRow->addWidget(m_asOf);
    m_section->setEnd(fresh);

    m_copies = new TableView;
    m_copies->setCompact(true);
    m_copies->setAccessibleName(tr("Copies by branch"));
    m_copies->setSelectionMode(QAbstractItemView::NoSelection);
    m_copies->setFocusPolicy(Qt::NoFocus);
    m_copies->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_copies->horizontalHeader()->hide();
    m_copies->horizontalHeader()->setMinimumSectionSize(24);
    // The wheel scrolls the whole pane.
    m_copies->viewport()->installEventFilter(this);

    m_description = wrappedLabel(TextRole::Body, false);
    m_description->setContentsMargins(16, 12, 16, 12);

    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_definitions);
    column->addWidget(m_section);
    column->addWidget(m_copies);
    column->addWidget(m_description);
    column->addStretch(1);
    return content;
}

QWidget *BookPane::makeButtons() const
{
    auto *buttons = new QWidget;
    auto *row = new QHBoxLayout(buttons);
    row->setContentsMargins(0, 8, 0, 0);
    row->setSpacing(8);
    for (QAction *action : m_actions) {
        auto *button = new Button(action->property("iconName").toString(), action->text(),
                                  action->shortcut().toString(QKeySequence::NativeText));
        button->setSmall(true);
        button->followAction(action);
        row->addWidget(button);
    }
    row->addStretch(1);
    return buttons;
}

BookPane::Definition BookPane::addDefinition(QGridLayout *grid, const QString &term)
{
    const Definition definition{new QLabel(term), wrappedLabel(TextRole::Body, false)};
    definition.term->setFont(textFont(TextRole::Body));
    definition.text->setAccessibleName(term);
    const int row = grid->rowCount();
    grid->addWidget(definition.term, row, 0, Qt::AlignTop);
    grid->addWidget(definition.text, row, 1);
    return definition;
}

void BookPane::showDefinition(const Definition &definition, const QString &text)
{
    definition.text->setText(text);
    definition.term->setVisible(!text.isEmpty());
    definition.text->setVisible(!text.isEmpty());
}

void BookPane::setCopyModel(QAbstractItemModel *model)
{
    if (m_copies->model() != nullptr)
        m_copies->model()->disconnect(this);
    m_copies->setModel(model);
    if (model == nullptr)
        return;
    connect(model, &QAbstractItemModel::modelReset, this, &BookPane::fitCopies);
    connect(model, &QAbstractItemModel::rowsInserted, this, &BookPane::fitCopies);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &BookPane::fitCopies);
    fitCopies();
}

void BookPane::fitCopies()
{
    const int rows = m_copies->model() != nullptr ? m_copies->model()->rowCount() : 0;
    m_copies->setFixedHeight(rows * m_copies->verticalHeader()->defaultSectionSize());
    if (m_copies->model() == nullptr)
        return;
    // Places come first; branches get what is left, as much as the longest of this book needs.
    const QFontMetrics metrics(textFont(TextRole::Body, true));
    const auto longest = [&](int column, QString text) {
        for (int row = 0; row < rows; ++row) {
            const QString other = m_copies->model()->index(row, column).data().toString();
            if (metrics.horizontalAdvance(other) > metrics.horizontalAdvance(text))
                text = other;
        }
        return text;
    };
    const QString state = longest(1, tr("Not known"));
    const int others = metrics.horizontalAdvance(state + longest(2, {}) + u"888"_s) + cellMargins;
    const int branchRoom =
        std::clamp((minimumWidth() > 0 ? minimumWidth() : width()) - others, leastBranch, widestBranch);
    const QString branch = metrics.elidedText(longest(0, u"Harbour"_s), Qt::ElideRight, branchRoom);
    m_copies->setSampleTexts({branch, state, QString(), u"88"_s}, 2, {1});
}

void BookPane::showHead(const QString &title, const QString &authors)
{
    m_title->setText(title);
    m_authors->setText(authors);
    m_authors->setVisible(!authors.isEmpty());
    m_nothing->hide();
    m_scroll->show();
}

void BookPane::clear()
{
    m_scroll->hide();
    m_nothing->show();
}

void BookPane::showPending(const QString &title, const QString &authors)
{
    showHead(title, authors);
    m_definitions->hide();
    m_copies->hide();
    m_description->hide();
    m_section->setRemark(tr("Loading …"));
    m_light->hide();
    m_asOf->setText(QString());
}

void BookPane::showFacts(const BookFacts &facts)
{
    showHead(facts.title, facts.authors);
    showDefinition(m_isbn, facts.isbn.isEmpty() ? QString() : isolated(facts.isbn));
    showDefinition(m_published, facts.published);
    showDefinition(m_language, facts.language);
    showDefinition(m_categories, facts.categories);
    m_definitions->show();
    m_section->setRemark(facts.copiesLine);
    m_light->setState(facts.live ? StatusLight::State::Ok : StatusLight::State::Slow);
    if (facts.asOf.isEmpty())
        m_asOf->setText(facts.live ? tr("live") : QString());
    else
        m_asOf->setText(facts.live ? tr("live, %1").arg(facts.asOf) : tr("as of %1").arg(facts.asOf));
    m_light->setVisible(!m_asOf->text().isEmpty());
    m_copies->show();
    fitCopies();
    m_description->setText(facts.description);
    m_description->setVisible(!facts.description.isEmpty());
    setAccessibleDescription(QStringList{facts.title, facts.authors, facts.copiesLine}.join(u", "_s));
}

void BookPane::setIsPage(bool isPage)
{
    m_back->setVisible(isPage);
    setEdges(isPage ? NoEdge : StartEdge);
}

bool BookPane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_copies->viewport() && event->type() == QEvent::Wheel) {
        event->ignore();
        return true;
    }
    if (watched == m_copies->viewport() && event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QModelIndex cell = m_copies->indexAt(help->pos());
        const bool cut = m_copies->sizeHintForIndex(cell).width() > m_copies->columnWidth(cell.column());
        QToolTip::showText(help->globalPos(), cut ? cell.data().toString() : QString(), m_copies);
        return true;
    }
    return Panel::eventFilter(watched, event);
}

} // namespace Branchline
