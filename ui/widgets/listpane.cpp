// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/listpane.h"

#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QPainter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <chrono>

namespace Branchline {

using namespace std::chrono_literals;

namespace {

class LoadingLine final : public QWidget
{
public:
    explicit LoadingLine(QWidget *parent)
        : QWidget(parent)
    {
        setAccessibleName(ListPane::tr("Loading"));
        hide();
    }

protected:
    void paintEvent(QPaintEvent *) override { QPainter(this).fillRect(rect(), colors().accent); }
};

} // namespace

ListPane::ListPane(const QString &accessibleName, QWidget *parent)
    : QWidget(parent)
    , m_table(new TableView)
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
    , m_line(new LoadingLine(this))
    , m_delay(new QTimer(this))
{
    m_table->setAccessibleName(accessibleName);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, 0, 0, 0);
    box->addWidget(m_stack);
    m_delay->setSingleShot(true);
    m_delay->setInterval(150ms);
    connect(m_delay, &QTimer::timeout, m_line, [this] {
        m_line->raise();
        m_line->show();
    });
    setFocusProxy(m_table);
}

void ListPane::showLoading()
{
    if (!m_line->isVisible() && !m_delay->isActive())
        m_delay->start();
}

void ListPane::showRows(bool stale)
{
    m_delay->stop();
    m_line->hide();
    m_table->cells()->setStale(stale);
    m_table->viewport()->update();
    m_stack->setCurrentWidget(m_table);
}

void ListPane::showWords(const ListWords &words, const QList<QAction *> &actions)
{
    m_delay->stop();
    m_line->hide();
    m_empty->setContent(words.icon, words.title, words.sentence, actions, words.footer);
    m_stack->setCurrentWidget(m_empty);
}

bool ListPane::isEmpty() const
{
    return m_stack->currentWidget() == m_empty;
}

QString ListPane::words() const
{
    return isEmpty() ? m_empty->title() : QString();
}

void ListPane::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_line->setGeometry(0, 0, width(), 2);
}

} // namespace Branchline
