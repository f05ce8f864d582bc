// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/databaserow.h"

#include "ui/widgets/textlabel.h"

#include <QGridLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// How it answers.
QString wordsOf(const DatabaseLight &light)
{
    using State = StatusLight::State;
    if ((light.state == State::Ok || light.state == State::Slow) && light.milliseconds >= 0)
        return DatabaseRow::tr("%1, %2 ms").arg(StatusLight::words(light.state)).arg(light.milliseconds);
    if (light.state == State::Down && !light.since.isEmpty())
        return DatabaseRow::tr("does not answer since %1").arg(light.since);
    return StatusLight::words(light.state);
}

QString nameOf(const DatabaseLight &light)
{
    return light.isOwn ? DatabaseRow::tr("%1, this desk’s branch").arg(light.label) : light.label;
}

/// What is wrong, and what is done about it.
QString problemOf(const DatabaseLight &light)
{
    QStringList sentences{light.state == StatusLight::State::Down ? light.tooltip : QString(), light.remark};
    sentences.removeAll(QString());
    return sentences.join(u' ');
}

void setText(TextLabel *label, const QString &text)
{
    if (label->text() != text)
        label->setText(text);
    label->setVisible(!text.isEmpty());
}

} // namespace

DatabaseRow::DatabaseRow(QWidget *parent)
    : QWidget(parent)
    , m_lamp(new StatusLight(this))
    , m_name(new TextLabel(TextRole::Body, true, false, this))
    , m_words(new TextLabel(TextRole::Body, false, true, this))
    , m_connections(new TextLabel(TextRole::Body, false, true, this))
    , m_problem(new TextLabel(TextRole::Body, false, false, this))
{
    m_connections->setElided(true);
    m_problem->setWordWrap(true);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    grid->addWidget(m_lamp, 0, 0);
    grid->addWidget(m_name, 0, 1);
    grid->addWidget(m_words, 0, 2, Qt::AlignRight);
    grid->addWidget(m_connections, 1, 1, 1, 2);
    grid->addWidget(m_problem, 2, 1, 1, 2);
}

void DatabaseRow::setLight(const DatabaseLight &light)
{
    if (m_lamp->state() != light.state)
        m_lamp->setState(light.state);
    m_lamp->setAccessibleName(light.label);
    setText(m_name, nameOf(light));
    setText(m_words, wordsOf(light));
    m_words->setStatus(light.state == StatusLight::State::Down   ? Status::Refused
                       : light.state == StatusLight::State::Slow ? Status::Overdue
                                                                 : Status::None);
    setText(m_connections, light.connections);
    m_connections->setStatus(light.isTight ? Status::Overdue : Status::None);
    setText(m_problem, problemOf(light));
    setAccessibleName(textOf(light));
}

QString DatabaseRow::textOf(const DatabaseLight &light)
{
    QStringList parts{tr("%1 %2").arg(nameOf(light), wordsOf(light)), light.connections, problemOf(light)};
    parts.removeAll(QString());
    return parts.join(u". "_s);
}

} // namespace Branchline
