// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffservers.h"

#include "ui/widgets/statuslight.h"
#include "ui/widgets/textline.h"

#include <QGridLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

StaffServers::StaffServers(QWidget *parent)
    : Panel(Ground::Surface, NoEdge, parent)
    , m_grid(new QGridLayout(this))
{
    setAccessibleName(tr("Servers"));
    m_grid->setContentsMargins(16, 8, 16, 8);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(4);
    m_grid->setColumnStretch(2, 1);
}

void StaffServers::setServers(const QList<StaffServerFacts> &servers, const QString &emptyWords)
{
    QStringList now{emptyWords};
    for (const StaffServerFacts &server : servers)
        now << server.name << server.words << QString::number(static_cast<int>(server.light));
    if (now == m_shown)
        return;
    m_shown = now;
    for (int i = 0; i < m_grid->rowCount(); ++i)
        m_grid->setRowStretch(i, 0);
    while (QLayoutItem *item = m_grid->takeAt(0)) {
        if (item->widget() != nullptr) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    int row = 0;
    for (const StaffServerFacts &server : servers) {
        auto *light = new StatusLight;
        light->setState(server.light);
        light->setAccessibleName(server.name);
        auto *name = new TextLine(TextRole::Body);
        name->setText(server.name);
        name->setElided(false);
        auto *words = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
        words->setText(server.words);
        words->setAccessibleName(tr("%1: %2").arg(server.name, server.words));
        m_grid->addWidget(light, row, 0);
        m_grid->addWidget(name, row, 1);
        m_grid->addWidget(words, row++, 2);
    }
    if (!servers.isEmpty())
        m_grid->setRowStretch(row, 1);
    if (servers.isEmpty()) {
        auto *words = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
        words->setText(emptyWords);
        m_grid->addWidget(words, row++, 0, 1, 3);
        m_grid->setRowStretch(row, 1);
    }
}

} // namespace Branchline
