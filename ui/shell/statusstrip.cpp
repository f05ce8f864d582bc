// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/statusstrip.h"

#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

class Separator final : public QWidget
{
public:
    explicit Separator(QWidget *parent)
        : QWidget(parent)
    {
        setFixedSize(1, 14);
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), colors().border);
    }
};

QString tipOf(const DatabaseLight &light)
{
    if (!light.tooltip.isEmpty())
        return light.tooltip;
    return StatusStrip::tr("%1 %2.").arg(light.label, StatusLight::words(light.state));
}

void showLight(StatusLight *widget, const DatabaseLight &light)
{
    widget->setState(light.state);
    widget->setAccessibleName(light.label);
    widget->setToolTip(tipOf(light));
}

} // namespace

StatusStrip::StatusStrip(QWidget *parent)
    : Panel(Ground::Window, TopEdge, parent)
    , m_own(new StatusLight(this))
    , m_ownWords(new QLabel(this))
    , m_main(new StatusLight(this))
    , m_mainWords(new TextLabel(TextRole::Caption, false, true, this))
    , m_ownGroup(group(m_own, m_ownWords))
    , m_mainGroup(group(m_main, m_mainWords))
    , m_shards(new QHBoxLayout)
    , m_summary(new Button({}, {}, {}, this))
    , m_middle(new TextLabel(TextRole::Caption, false, true, this))
    , m_personIcon(new IconLabel(14, this))
    , m_person(new TextLabel(TextRole::Caption, false, true, this))
{
    setAccessibleName(tr("State of the databases"));
    m_ownWords->setFont(textFont(TextRole::Caption));
    m_ownWords->setForegroundRole(QPalette::PlaceholderText);
    m_ownWords->setTextFormat(Qt::RichText);
    m_personIcon->setIcon(u"patrons"_s, IconLabel::Tint::Muted);
    m_middle->setElided(true);
    m_summary->setKind(Button::Kind::Flat);
    m_summary->setSmall(true);
    m_summary->setQuiet(true);
    m_summary->setIconOnly(false);
    m_summary->setToolTip(tr("Show what each database answers (Ctrl+Shift+D)."));
    connect(m_summary, &Button::clicked, this, &StatusStrip::databasesRequested);
    m_shards->setSpacing(5);
    for (int i = 0; i < 2; ++i)
        m_separators.append(new Separator(this));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(12, 1, 12, 0);
    row->setSpacing(16);
    row->addWidget(m_ownGroup);
    row->addWidget(m_separators.at(0));
    row->addWidget(m_mainGroup);
    row->addLayout(m_shards);
    row->addWidget(m_summary);
    row->addWidget(m_separators.at(1));
    row->addWidget(m_middle, 1);
    auto *person = new QHBoxLayout;
    person->setSpacing(5);
    person->addWidget(m_personIcon);
    person->addWidget(m_person);
    row->addLayout(person);
    setFixedHeight(controlHeight(28, textFont(TextRole::Caption), 8));
    setLights({}, {});
    setMiddleText({});
    setPerson({});
}

QWidget *StatusStrip::group(StatusLight *light, QLabel *words)
{
    auto *box = new QWidget(this);
    auto *row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(5);
    row->addWidget(light);
    row->addWidget(words);
    return box;
}

void StatusStrip::setBranchName(const QString &name)
{
    m_branch = name;
    showOwn();
}

void StatusStrip::setLights(const QList<DatabaseLight> &lights, const QString &summary)
{
    qsizetype used = 0;
    m_hasOwn = false;
    m_hasMain = false;
    for (const DatabaseLight &light : lights) {
        if (light.isMain) {
            m_hasMain = true;
            showLight(m_main, light);
            m_mainWords->setText(light.label);
            m_mainGroup->setToolTip(tipOf(light));
            continue;
        }
        if (light.isOwn) {
            m_hasOwn = true;
            m_ownState = light;
        }
        if (used == m_shards->count())
            m_shards->addWidget(new StatusLight(this));
        showLight(static_cast<StatusLight *>(m_shards->itemAt(static_cast<int>(used++))->widget()), light);
    }
    while (m_shards->count() > used) {
        const QLayoutItem *item = m_shards->takeAt(m_shards->count() - 1);
        delete item->widget();
        delete item;
    }
    m_summaryWords = summary;
    m_down = static_cast<int>(std::count_if(lights.begin(), lights.end(), [](const DatabaseLight &light) {
        return light.state == StatusLight::State::Down;
    }));
    m_known = static_cast<int>(lights.size());
    m_summary->setAccessibleName(tr("Databases: %1").arg(summary));
    m_summary->setVisible(!summary.isEmpty());
    setAccessibleDescription(summary);
    showOwn();
}

void StatusStrip::showOwn()
{
    // Names do not fit into a small window as soon as there are several.
    m_summary->setText(m_compact && m_down > 1
                           ? m_main->state() == StatusLight::State::Down
                                 ? tr("Main database and %1 more do not answer").arg(m_down - 1)
                                 : tr("%1 of %2 databases do not answer").arg(m_down).arg(m_known)
                           : m_summaryWords);
    m_ownGroup->setVisible(m_hasOwn);
    // A small window has room for its name only when something is wrong with it.
    m_mainGroup->setVisible(m_hasMain && (!m_compact || m_main->state() == StatusLight::State::Down));
    m_mainWords->setVisible(!m_compact);
    m_separators.at(0)->setVisible(m_hasOwn);
    if (!m_hasOwn)
        return;
    showLight(m_own, m_ownState);
    const QString shard =
        u"<span style=\"font-weight:600\">%1</span>"_s.arg(m_ownState.label.toHtmlEscaped());
    QString words = m_branch.isEmpty() ? shard : tr("%1 on %2").arg(m_branch.toHtmlEscaped(), shard);
    if (m_ownState.milliseconds >= 0 && m_ownState.state != StatusLight::State::Down)
        words = tr("%1 · %2 ms").arg(words).arg(m_ownState.milliseconds);
    else if (m_ownState.state == StatusLight::State::Down)
        words = tr("%1 does not answer").arg(words);
    m_ownWords->setText(words);
    m_ownGroup->setToolTip(tipOf(m_ownState));
}

void StatusStrip::setMiddleText(const QString &text)
{
    m_middle->setText(text);
    m_separators.at(1)->setVisible(!text.isEmpty());
}

void StatusStrip::setPerson(const QString &person)
{
    m_person->setText(person);
    m_person->setVisible(!person.isEmpty());
    m_personIcon->setVisible(!person.isEmpty());
}

void StatusStrip::mousePressEvent(QMouseEvent *event)
{
    const int x = event->position().toPoint().x();
    const bool isOnLights = layoutDirection() == Qt::RightToLeft ? x > m_middle->geometry().right()
                                                                 : x < m_middle->geometry().left();
    if (event->button() == Qt::LeftButton && isOnLights)
        Q_EMIT databasesRequested();
    event->accept();
}

void StatusStrip::setCompact(bool compact)
{
    m_compact = compact;
    showOwn();
}

} // namespace Branchline
