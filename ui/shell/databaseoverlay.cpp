// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/databaseoverlay.h"

#include "ui/widgets/button.h"
#include "ui/widgets/textlabel.h"

#include <QGridLayout>
#include <QStyle>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// What is worth saying about a database besides its light.
QString wordsOf(const DatabaseLight &light)
{
    using State = StatusLight::State;
    if ((light.state == State::Ok || light.state == State::Slow) && light.milliseconds >= 0)
        return DatabaseOverlay::tr("%1, %2 ms").arg(StatusLight::words(light.state)).arg(light.milliseconds);
    return StatusLight::words(light.state);
}

bool sameWords(const QList<DatabaseLight> &a, const QList<DatabaseLight> &b)
{
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](const DatabaseLight &one, const DatabaseLight &other) {
            return one.name == other.name && one.label == other.label && one.tooltip == other.tooltip &&
                   one.isOwn == other.isOwn && wordsOf(one) == wordsOf(other);
        });
}

} // namespace

DatabaseOverlay::DatabaseOverlay(QWidget *parent)
    : Overlay(parent)
    , m_close(new Button(u"close"_s, {}, {}, card()))
    , m_summary(new TextLabel(TextRole::Body, false, true, card()))
{
    setAccessibleName(tr("Databases"));
    m_close->setKind(Button::Kind::Flat);
    m_close->setAccessibleName(tr("Close the list of databases"));
    m_close->setToolTip(tr("Close"));
    connect(m_close, &Button::clicked, this, &Overlay::close);
    auto *title = new TextLabel(TextRole::Title, true, false, card());
    title->setText(tr("Databases"));
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(m_close);
    auto *column = new QVBoxLayout(card());
    column->setContentsMargins(24, 16, 16, 24);
    column->setSpacing(8);
    column->addLayout(head);
    column->addWidget(m_summary);
    setLights({}, {});
}

void DatabaseOverlay::setLights(const QList<DatabaseLight> &lights, const QString &summary)
{
    m_summary->setText(summary);
    if (m_rows && sameWords(lights, m_lights))
        return;
    m_lights = lights;
    delete m_rows;
    m_rows = new QWidget(card());
    auto *grid = new QGridLayout(m_rows);
    grid->setContentsMargins(0, 8, 8, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(2, 1);
    QStringList spoken;
    for (qsizetype i = 0; i < lights.size(); ++i) {
        addRow(2 * static_cast<int>(i), lights.at(i));
        spoken << tr("%1 %2").arg(lights.at(i).label, wordsOf(lights.at(i)));
    }
    m_close->setAccessibleDescription(spoken.join(u". "_s));
    card()->layout()->addWidget(m_rows);
    if (isVisible()) {
        m_rows->show();
        placeCard();
    }
}

void DatabaseOverlay::addRow(int row, const DatabaseLight &light)
{
    auto *grid = static_cast<QGridLayout *>(m_rows->layout());
    auto *lamp = new StatusLight(m_rows);
    lamp->setState(light.state);
    lamp->setAccessibleName(light.label);
    auto *name = new TextLabel(TextRole::Body, true, false, m_rows);
    name->setText(light.isOwn ? tr("%1, this desk’s branch").arg(light.label) : light.label);
    auto *words = new TextLabel(TextRole::Body, false, true, m_rows);
    words->setText(wordsOf(light));
    grid->addWidget(lamp, row, 0);
    grid->addWidget(name, row, 1);
    grid->addWidget(words, row, 2, Qt::AlignRight);
    if (light.state != StatusLight::State::Down || light.tooltip.isEmpty())
        return;
    auto *problem = new TextLabel(TextRole::Body, false, false, m_rows);
    problem->setWordWrap(true);
    problem->setText(light.tooltip);
    grid->addWidget(problem, row + 1, 1, 1, 2);
}

QRect DatabaseOverlay::cardRect() const
{
    const int width = qMin(520, this->width() - 32);
    const int wanted = card()->layout()->hasHeightForWidth() ? card()->layout()->totalHeightForWidth(width)
                                                             : card()->sizeHint().height();
    const int height = qMin(wanted, this->height() - 64);
    // Above the end of the status bar's lights, from where it is opened.
    const QRect start(16, this->height() - height - 40, width, height);
    return QStyle::visualRect(layoutDirection(), rect(), start);
}

QWidget *DatabaseOverlay::firstFocus()
{
    return m_close;
}

} // namespace Branchline
