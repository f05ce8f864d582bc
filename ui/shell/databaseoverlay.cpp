// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/databaseoverlay.h"

#include "models/shell/slowstatementmodel.h"
#include "ui/shell/databaserow.h"
#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textlabel.h"

#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QSysInfo>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int cardWidth = 880;
constexpr int leastRows = 3; ///< of slow statements in a small window
constexpr int mostRows = 8;
constexpr int leastListHeight = 96;
constexpr int columnSpacing = 8;
constexpr int leastAround = 64; ///< of the window around the card

} // namespace

DatabaseOverlay::DatabaseOverlay(QWidget *parent)
    : Overlay(parent)
    , m_close(new Button(u"close"_s, {}, {}, card()))
    , m_copy(new Button({}, tr("Copy as text"), {}, card()))
    , m_summary(new TextLabel(TextRole::Body, false, true, card()))
    , m_scroll(new QScrollArea(card()))
    , m_list(new QWidget)
    , m_slowHead(new SectionLine(tr("Slow statements"), card()))
    , m_slowTable(new TableView(card()))
    , m_noneSlow(new TextLabel(TextRole::Body, false, true, card()))
{
    setAccessibleName(tr("Databases"));
    auto *column = new QVBoxLayout(card());
    column->setContentsMargins(1, 16, 1, 16);
    column->setSpacing(columnSpacing);
    makeHead(column);
    auto *rows = new QVBoxLayout(m_list);
    rows->setContentsMargins(15, 0, 15, 0);
    rows->setSpacing(12);
    m_scroll->setWidget(m_list);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("State of the databases"));
    m_scroll->viewport()->setAutoFillBackground(false);
    m_list->setAutoFillBackground(false);
    column->addWidget(m_scroll);
    makeSlowList(column);
    showRows();
    showSlow();
}

void DatabaseOverlay::makeHead(QVBoxLayout *column)
{
    m_close->setKind(Button::Kind::Flat);
    m_close->setAccessibleName(tr("Close the list of databases"));
    m_close->setToolTip(tr("Close"));
    connect(m_close, &Button::clicked, this, &Overlay::close);
    m_copy->setKind(Button::Kind::Flat);
    m_copy->setToolTip(tr("Copies all of this, to be sent to whoever looks after the servers."));
    connect(m_copy, &Button::clicked, this, &DatabaseOverlay::copy);
    auto *title = new TextLabel(TextRole::Title, true, false, card());
    title->setText(tr("Databases"));
    auto *head = new QHBoxLayout;
    head->setContentsMargins(15, 0, 15, 0);
    head->addWidget(title, 1);
    head->addWidget(m_copy);
    head->addWidget(m_close);
    column->addLayout(head);
    m_summary->setContentsMargins(15, 0, 15, 0);
    for (Button *button : {m_copy, m_close})
        button->installEventFilter(this); // the arrows scroll from there, too
    column->addWidget(m_summary);
}

void DatabaseOverlay::makeSlowList(QVBoxLayout *column)
{
    auto *slow = new QVBoxLayout; // the heading stands on its table
    slow->setSpacing(0);
    slow->addWidget(m_slowHead);
    m_slowTable->setAccessibleName(tr("Slow statements"));
    m_slowTable->setCompact(true);
    slow->addWidget(m_slowTable);
    m_noneSlow->setWordWrap(true);
    m_noneSlow->setContentsMargins(15, 12, 15, 4);
    slow->addWidget(m_noneSlow);
    column->addLayout(slow);
}

void DatabaseOverlay::setLights(const QList<DatabaseLight> &lights, const QString &summary)
{
    if (m_summary->text() != summary)
        m_summary->setText(summary);
    m_lights = lights;
    if (isVisible())
        showRows();
}

void DatabaseOverlay::setSlowStatements(SlowStatementModel *model, std::chrono::milliseconds slowAfter)
{
    if (m_slow)
        disconnect(m_slow, nullptr, this, nullptr);
    m_slow = model;
    m_slowAfter = slowAfter;
    m_slowTable->setModel(model);
    if (model) {
        m_slowTable->setColumnsFromModel();
        connect(model, &QAbstractItemModel::rowsInserted, this, &DatabaseOverlay::showSlow);
        connect(model, &QObject::destroyed, this, [this] {
            m_slow = nullptr;
            showSlow();
        });
    }
    showSlow();
}

void DatabaseOverlay::showEvent(QShowEvent *event)
{
    m_copy->setText(tr("Copy as text"));
    showRows();
    Overlay::showEvent(event);
}

void DatabaseOverlay::showRows()
{
    auto *rows = static_cast<QVBoxLayout *>(m_list->layout());
    while (m_rows.size() > m_lights.size())
        delete m_rows.takeLast();
    while (m_rows.size() < m_lights.size()) {
        m_rows << new DatabaseRow(m_list);
        rows->addWidget(m_rows.last());
        m_rows.last()->show();
    }
    QStringList spoken;
    for (qsizetype i = 0; i < m_lights.size(); ++i) {
        m_rows.at(i)->setLight(m_lights.at(i));
        spoken << DatabaseRow::textOf(m_lights.at(i));
    }
    m_close->setAccessibleDescription(spoken.join(u'\n'));
    m_scroll->setAccessibleDescription(spoken.join(u'\n'));
    if (isVisible())
        placeCard();
}

void DatabaseOverlay::showSlow()
{
    const bool isAny = slowRows() > 0;
    m_slowTable->setVisible(isAny);
    m_noneSlow->setVisible(!isAny);
    m_noneSlow->setText(tr("No statement of this program has taken %1 ms or longer since it started.")
                            .arg(m_slowAfter.count()));
    m_slowHead->setRemark(isAny ? tr("%1 ms or longer, newest first").arg(m_slowAfter.count()) : QString());
    if (isVisible())
        placeCard();
}

int DatabaseOverlay::slowRows() const
{
    return m_slow ? m_slow->rowCount() : 0;
}

QString DatabaseOverlay::reportText() const
{
    QStringList lines{u"Branchline %1, %2, %3"_s.arg(QCoreApplication::applicationVersion(),
                                                     QSysInfo::machineHostName(),
                                                     QDateTime::currentDateTimeUtc().toString(Qt::ISODate))};
    lines << m_summary->text() << QString();
    for (const DatabaseLight &light : m_lights)
        lines << DatabaseRow::textOf(light);
    lines << QString() << tr("Slow statements, %1 ms or longer:").arg(m_slowAfter.count())
          << (slowRows() > 0 ? m_slow->text() : tr("none"));
    return lines.join(u'\n');
}

void DatabaseOverlay::copy()
{
    QGuiApplication::clipboard()->setText(reportText());
    m_copy->setText(tr("Copied"));
}

QRect DatabaseOverlay::cardRect() const
{
    const int width = qMin(cardWidth, this->width() - 32);
    const int listHeight = listHeightFor(width - 2);
    const int header = m_slowTable->horizontalHeader()->sizeHint().height();
    const int rowHeight = m_slowTable->cells()->rowHeight();
    const auto tableHeight = [&](int most) { return header + qBound(1, slowRows(), most) * rowHeight; };
    const int least = slowRows() > 0 ? tableHeight(leastRows) : m_noneSlow->heightForWidth(width - 2);
    const int most = slowRows() > 0 ? tableHeight(mostRows) : least;

    // What is there besides the two parts that may grow.
    QWidget *slowPart = slowRows() > 0 ? static_cast<QWidget *>(m_slowTable) : m_noneSlow;
    m_scroll->setFixedHeight(leastListHeight);
    slowPart->setFixedHeight(least);
    card()->layout()->invalidate();
    const int rest = card()->layout()->totalMinimumSize().height() - leastListHeight - least;
    const int room = this->height() - leastAround - rest;
    // The databases first; only a full window lets them scroll.
    const int shown = qMin(listHeight, qMax(leastListHeight, room - least));
    const int slow = qBound(least, room - shown, most);
    m_scroll->setFixedHeight(shown);
    slowPart->setFixedHeight(slow);
    const int height = qMin(rest + shown + slow, this->height() - leastAround);
    // What does not scroll is no stop for the keyboard.
    m_scroll->setFocusPolicy(shown < listHeight ? Qt::StrongFocus : Qt::NoFocus);
    // Above the end of the status bar's lights, from where it is opened.
    const QRect start(16, this->height() - height - 40, width, height);
    return QStyle::visualRect(layoutDirection(), rect(), start);
}

int DatabaseOverlay::listHeightFor(int width) const
{
    // The rows' own layouts know at once what has changed, that of the list only later.
    const QMargins margins = m_list->layout()->contentsMargins();
    const int rowWidth = width - margins.left() - margins.right();
    int height = margins.top() + margins.bottom();
    for (const DatabaseRow *row : m_rows)
        height += row->layout()->totalHeightForWidth(rowWidth);
    return height + static_cast<int>(qMax<qsizetype>(0, m_rows.size() - 1)) * m_list->layout()->spacing();
}

/// Moves in the list by a key; false when it is none of those, or nothing is hidden.
bool DatabaseOverlay::scrollBy(int key)
{
    QScrollBar *bar = m_scroll->verticalScrollBar();
    if (bar->maximum() == bar->minimum())
        return false;
    switch (key) {
    case Qt::Key_Up:
        bar->triggerAction(QAbstractSlider::SliderSingleStepSub);
        return true;
    case Qt::Key_Down:
        bar->triggerAction(QAbstractSlider::SliderSingleStepAdd);
        return true;
    case Qt::Key_PageUp:
        bar->triggerAction(QAbstractSlider::SliderPageStepSub);
        return true;
    case Qt::Key_PageDown:
        bar->triggerAction(QAbstractSlider::SliderPageStepAdd);
        return true;
    case Qt::Key_Home:
        bar->triggerAction(QAbstractSlider::SliderToMinimum);
        return true;
    case Qt::Key_End:
        bar->triggerAction(QAbstractSlider::SliderToMaximum);
        return true;
    default:
        return false;
    }
}

bool DatabaseOverlay::eventFilter(QObject *watched, QEvent *event)
{
    if ((watched == m_close || watched == m_copy) && event->type() == QEvent::KeyPress &&
        scrollBy(static_cast<QKeyEvent *>(event)->key()))
        return true;
    return Overlay::eventFilter(watched, event);
}

void DatabaseOverlay::keyPressEvent(QKeyEvent *event)
{
    if (!scrollBy(event->key()))
        Overlay::keyPressEvent(event);
}

QWidget *DatabaseOverlay::firstFocus()
{
    return m_close;
}

} // namespace Branchline
