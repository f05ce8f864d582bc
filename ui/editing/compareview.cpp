// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/compareview.h"

#include "ui/widgets/button.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textlabel.h"

#include <QButtonGroup>
#include <QEvent>
#include <QGridLayout>
#include <QRadioButton>
#include <QScrollArea>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

CompareView::CompareView(QWidget *parent)
    : Branchline::Panel(Ground::Surface, NoEdge, parent)
    , m_title(new TextLabel(TextRole::Subhead, true, false, this))
    , m_merge(new Button(u"merge"_s, tr("Save with these choices"), {}, this))
{
    setAccessibleName(tr("Comparison of two versions"));
    m_title->setWordWrap(true);
    m_merge->setKind(Button::Kind::Primary);
    auto *back = new Button({}, tr("Back to the form"), {}, this);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    auto *content = new Branchline::Panel(Ground::Surface, NoEdge);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->addStretch(1);
    scroll->setWidget(content);
    m_table = content;
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch(1);
    buttons->addWidget(back);
    buttons->addWidget(m_merge);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(24, 16, 24, 16);
    page->setSpacing(12);
    page->addWidget(m_title);
    page->addWidget(scroll, 1);
    page->addLayout(buttons);
    setFocusProxy(m_merge);
    connect(back, &Button::clicked, this, &CompareView::backRequested);
    connect(m_merge, &Button::clicked, this, [this] { Q_EMIT mergeRequested(theirs()); });
}

QRadioButton *CompareView::addChoice(int row, int column, const QString &text, const QString &name)
{
    auto *cell = new QWidget;
    auto *line = new QHBoxLayout(cell);
    line->setContentsMargins(0, 6, 0, 6);
    line->setSpacing(8);
    auto *radio = new QRadioButton(cell);
    radio->setAccessibleName(text.isEmpty() ? tr("%1: empty").arg(name) : name + ": "_L1 + text);
    auto *words = new TextLabel(TextRole::Body, false, text.isEmpty(), cell);
    words->setWordWrap(true);
    words->setText(text.isEmpty() ? tr("empty") : text);
    words->installEventFilter(this);
    words->setObjectName(u"words"_s);
    line->addWidget(radio, 0, Qt::AlignTop);
    line->addWidget(words, 1);
    m_grid->addWidget(cell, row, column, Qt::AlignTop);
    return radio;
}

void CompareView::setDifferences(const QList<Difference> &differences, const QString &person,
                                 const QString &time)
{
    m_choices.clear();
    if (m_grid)
        delete m_grid->parentWidget();
    auto *table = new QWidget(m_table);
    m_grid = new QGridLayout(table);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(16);
    m_grid->setColumnStretch(1, 1);
    m_grid->setColumnStretch(2, 1);
    qobject_cast<QVBoxLayout *>(m_table->layout())->insertWidget(0, table);
    m_title->setText(
        differences.size() == 1
            ? tr("1 field differs. Choose which version is saved.")
            : tr("%1 fields differ. Choose for each which version is saved.").arg(differences.size()));

    int row = 0;
    const QStringList heads{tr("Field"), tr("Yours"), tr("Theirs: %1, %2").arg(person, time)};
    for (int column = 0; column < 3; ++column) {
        auto *head = new TextLabel(TextRole::Caption, true, true);
        head->setText(heads.at(column));
        m_grid->addWidget(head, row, column);
    }
    for (const Difference &difference : differences) {
        auto *line = new Branchline::Panel(Ground::Surface, TopEdge);
        line->setFixedHeight(1);
        m_grid->addWidget(line, ++row, 0, 1, 3);
        auto *label = new QWidget;
        auto *words = new QVBoxLayout(label);
        words->setContentsMargins(0, 6, 0, 6);
        words->setSpacing(4);
        auto *name = new TextLabel(TextRole::Body, true);
        name->setText(difference.label);
        words->addWidget(name);
        if (difference.changedByMe && difference.changedByThem)
            words->addWidget(new TagLabel(tr("Both changed it"), Status::Overdue), 0, Qt::AlignLeading);
        m_grid->addWidget(label, ++row, 0, Qt::AlignTop);
        QRadioButton *mine = addChoice(row, 1, difference.mine, tr("%1, yours").arg(difference.label));
        QRadioButton *theirs = addChoice(row, 2, difference.theirs, tr("%1, theirs").arg(difference.label));
        auto *group = new QButtonGroup(table);
        group->addButton(mine);
        group->addButton(theirs);
        (difference.changedByMe ? mine : theirs)->setChecked(true);
        m_choices.append({difference.key, theirs});
    }
    m_grid->setColumnMinimumWidth(0, 130);
}

/// A click on the words chooses as one on the button does.
bool CompareView::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseButtonRelease && watched->objectName() == "words"_L1) {
        if (auto *radio = watched->parent()->findChild<QRadioButton *>())
            radio->click();
    }
    return Branchline::Panel::eventFilter(watched, event);
}

QStringList CompareView::theirs() const
{
    QStringList keys;
    for (const auto &[key, radio] : m_choices) {
        if (radio->isChecked())
            keys << key;
    }
    return keys;
}

} // namespace Branchline
