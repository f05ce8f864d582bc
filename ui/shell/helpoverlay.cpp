// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/helpoverlay.h"

#include "ui/widgets/button.h"
#include "ui/widgets/textlabel.h"

#include <QGridLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

struct Key
{
    QKeySequence keys;
    QString does;
};

void addGroup(QGridLayout *grid, int &row, const QString &title, const QList<Key> &list)
{
    auto *head = new TextLabel(TextRole::Caption, true, true);
    head->setText(title);
    head->setContentsMargins(0, row > 0 ? 12 : 0, 0, 0);
    grid->addWidget(head, row++, 0, 1, 2);
    for (const Key &key : list) {
        auto *does = new TextLabel;
        does->setText(key.does);
        auto *keys = new TextLabel(TextRole::Body, true);
        keys->setText(isolated(key.keys.toString(QKeySequence::NativeText)));
        grid->addWidget(keys, row, 0);
        grid->addWidget(does, row++, 1);
    }
}

} // namespace

HelpOverlay::HelpOverlay(QWidget *parent)
    : Overlay(parent)
    , m_close(new Button(u"close"_s, {}, {}, card()))
{
    setAccessibleName(tr("Keys"));
    m_close->setKind(Button::Kind::Flat);
    m_close->setAccessibleName(tr("Close the list of keys"));
    m_close->setToolTip(tr("Close"));
    connect(m_close, &Button::clicked, this, &Overlay::close);
    auto *title = new TextLabel(TextRole::Title, true, false, card());
    title->setText(tr("Keys"));
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(m_close);
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(4);
    grid->setColumnMinimumWidth(0, 96);
    grid->setColumnStretch(1, 1);
    int row = 0;
    addGroup(grid, row, tr("Everywhere"),
             {{Qt::CTRL | Qt::Key_K, tr("Search actions, books, patrons, barcodes")},
              {Qt::CTRL | Qt::Key_B, tr("Change the branch")},
              {Qt::CTRL | Qt::SHIFT | Qt::Key_D, tr("Show the databases")},
              {Qt::CTRL | Qt::Key_F1, tr("Show these keys")},
              {Qt::Key_Escape, tr("Go back to where you were")},
              {Qt::CTRL | Qt::Key_L, tr("Lock the window")},
              {Qt::CTRL | Qt::Key_Q, tr("Quit Branchline")}});
    addGroup(grid, row, tr("Desk"),
             {{Qt::Key_F1, tr("Check out")},
              {Qt::Key_F2, tr("Check in")},
              {Qt::CTRL | Qt::Key_F2, tr("Renew")},
              {Qt::CTRL | Qt::Key_Z, tr("Undo the last scan")},
              {Qt::Key_F8, tr("Last scans")},
              {Qt::CTRL | Qt::Key_Enter, tr("Done with this patron")}});
    addGroup(grid, row, tr("Catalogue"),
             {{Qt::Key_F3, tr("Go to the catalogue")}, {Qt::Key_F5, tr("Ask again")}});
    addGroup(grid, row, tr("Other pages"),
             {{Qt::Key_F4, tr("Go to the patrons")},
              {Qt::Key_F6, tr("Go to the branch")},
              {Qt::Key_F7, tr("Go to the statistics")},
              {Qt::Key_F9, tr("Go to the staff")},
              {Qt::Key_F10, tr("Go to the audit page")}});
    addGroup(grid, row, tr("Forms"),
             {{Qt::CTRL | Qt::Key_S, tr("Save")},
              {Qt::ALT | Qt::Key_H, tr("Show who changed what, and go back")}});
    auto *column = new QVBoxLayout(card());
    column->setContentsMargins(24, 16, 16, 24);
    column->setSpacing(12);
    column->addLayout(head);
    column->addLayout(grid);
}

QRect HelpOverlay::cardRect() const
{
    const QSize wanted = card()->sizeHint().expandedTo(QSize(420, 0)).boundedTo(size() - QSize(32, 32));
    return {QPoint((width() - wanted.width()) / 2, (height() - wanted.height()) / 2), wanted};
}

QWidget *HelpOverlay::firstFocus()
{
    return m_close;
}

} // namespace Branchline
