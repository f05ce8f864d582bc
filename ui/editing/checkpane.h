// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"
#include "ui/widgets/theme.h"

class QGridLayout;
class QVBoxLayout;

namespace Branchline {

/// "Before you save": what is wrong, what is doubtful, what is well, and facts about the record.
class CheckPane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CheckPane)

public:
    /// One line. `strong` is shown semi-bold before the text; a link of its own line emits linkActivated(id).
    struct Line
    {
        QString icon;
        Status status = Status::None;
        QString strong;
        QString text;
        QString link;
        QString linkId;
    };

    explicit CheckPane(QWidget *parent = nullptr);

    void setLines(const QList<Line> &lines);
    /// Terms and their values, below a line.
    void setFacts(const QList<std::pair<QString, QString>> &facts);

Q_SIGNALS:
    void linkActivated(const QString &id);

private:
    QVBoxLayout *m_lines;
    QGridLayout *m_facts;
    QList<Line> m_shown;
    QList<std::pair<QString, QString>> m_shownFacts;
};

bool operator==(const CheckPane::Line &a, const CheckPane::Line &b);

} // namespace Branchline
