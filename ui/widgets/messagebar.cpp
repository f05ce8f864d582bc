// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/messagebar.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAccessible>
#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QTimer>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

struct Look
{
    QString icon;
    Status status;
};

Look lookOf(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Info:
        return {u"info"_s, Status::None};
    case MessageBar::Kind::Warning:
        return {u"warn"_s, Status::Overdue};
    case MessageBar::Kind::Error:
        return {u"refused"_s, Status::Refused};
    case MessageBar::Kind::Offline:
        return {u"offline"_s, Status::Offline};
    case MessageBar::Kind::Unknown:
        return {u"unknown"_s, Status::Unknown};
    }
    return {};
}

QColor lineColor(Status status)
{
    return status == Status::None ? colors().accent : colors().status(status);
}

QColor groundColor(Status status)
{
    return status == Status::None ? colors().accentSoft : colors().soft(status);
}

} // namespace

MessageBar::MessageBar(QWidget *parent)
    : Panel(Ground::Window, BottomEdge, parent)
    , m_icon(new IconLabel(20, this))
    , m_words(new QLabel(this))
    , m_buttons(new QHBoxLayout)
    , m_timer(new QTimer(this))
{
    setAccessibleName(tr("Message"));
    m_words->setTextFormat(Qt::RichText);
    m_words->setWordWrap(true);
    m_words->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_buttons->setSpacing(8);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 6, 16, 6);
    row->setSpacing(12);
    row->addWidget(m_icon, 0, Qt::AlignVCenter);
    row->addWidget(m_words, 1);
    row->addLayout(m_buttons);
    setMinimumHeight(controlHeight(40, textFont(TextRole::Body), 16));
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, &MessageBar::clear);
    hide();
}

void MessageBar::showMessage(Kind kind, const QString &first, const QString &rest,
                             const QList<QAction *> &actions, bool autoHide)
{
    m_kind = kind;
    m_message = rest.isEmpty() ? first : first + u' ' + rest;
    m_words->setText(
        u"<span style=\"font-weight:600\">%1</span> %2"_s.arg(first.toHtmlEscaped(), rest.toHtmlEscaped()));
    m_words->setAccessibleName(m_message);
    setAccessibleDescription(m_message);
    m_icon->setIcon(lookOf(kind).icon,
                    lookOf(kind).status == Status::None ? IconLabel::Tint::Accent : IconLabel::Tint::Status,
                    lookOf(kind).status);
    while (const QLayoutItem *item = m_buttons->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    for (QAction *action : actions) {
        auto *button = new Button({}, action->text(), {}, this);
        button->setSmall(true);
        button->followAction(action);
        m_buttons->addWidget(button);
    }
    m_timer->stop();
    if (autoHide)
        m_timer->start(6s);
    show();
    update();
    announce();
}

void MessageBar::announce()
{
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageBar::clear()
{
    m_timer->stop();
    m_message.clear();
    setAccessibleDescription({});
    hide();
}

QString MessageBar::message() const
{
    return m_message;
}

void MessageBar::paintEvent(QPaintEvent *)
{
    const Status status = lookOf(m_kind).status;
    QPainter painter(this);
    painter.fillRect(rect(), groundColor(status));
    paintHairline(&painter, rect(), Qt::BottomEdge, colors().border);
    // The line at the start tells the kinds apart where soft grounds look alike.
    const QRect line = QStyle::visualRect(layoutDirection(), rect(), QRect(0, 0, 2, height()));
    painter.fillRect(line, lineColor(status));
}

} // namespace Branchline
