// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/shelltypes.h"

#include <QWidget>

namespace Branchline {

class TextLabel;

/// One database in the list of databases: its light and name, how it answers, this program's connections to
/// it, and what is wrong and what is done about it.
class DatabaseRow final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DatabaseRow)

public:
    explicit DatabaseRow(QWidget *parent);

    /// Changes only what is different, so that it may be called every second.
    void setLight(const DatabaseLight &light);
    /// All of it in one line, for a report and for screen readers.
    [[nodiscard]] static QString textOf(const DatabaseLight &light);

private:
    StatusLight *m_lamp;
    TextLabel *m_name;
    TextLabel *m_words;
    TextLabel *m_connections;
    TextLabel *m_problem;
};

} // namespace Branchline
