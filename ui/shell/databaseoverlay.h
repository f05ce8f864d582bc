// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/overlay.h"
#include "ui/shell/shelltypes.h"

#include <chrono>

class QScrollArea;
class QVBoxLayout;

namespace Branchline {

class Button;
class DatabaseRow;
class SectionLine;
class SlowStatementModel;
class TableView;
class TextLabel;

/// Every database in words: whether it answers, in what time, how many connections this program has to it,
/// and what to do when it does not; below, the statements that took long. It is what the lights of the status
/// bar mean, and it follows them while it is open. All of it can be copied as text for whoever looks after
/// the servers.
class DatabaseOverlay final : public Overlay
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DatabaseOverlay)

public:
    explicit DatabaseOverlay(QWidget *parent);

    void setLights(const QList<DatabaseLight> &lights, const QString &summary);
    /// The model outlives the overlay or is replaced; `slowAfter` is what counts as slow. Null: none are
    /// known.
    void setSlowStatements(SlowStatementModel *model, std::chrono::milliseconds slowAfter);
    /// What the button copies.
    [[nodiscard]] QString reportText() const;

protected:
    QRect cardRect() const override;
    QWidget *firstFocus() override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void makeHead(QVBoxLayout *column);
    void makeSlowList(QVBoxLayout *column);
    void showRows();
    void showSlow();
    void copy();
    [[nodiscard]] int listHeightFor(int width) const;
    bool scrollBy(int key);
    [[nodiscard]] int slowRows() const;

    Button *m_close;
    Button *m_copy;
    TextLabel *m_summary;
    QScrollArea *m_scroll;
    QWidget *m_list;
    QList<DatabaseRow *> m_rows;
    SectionLine *m_slowHead;
    TableView *m_slowTable;
    TextLabel *m_noneSlow;
    QList<DatabaseLight> m_lights;
    SlowStatementModel *m_slow = nullptr;
    std::chrono::milliseconds m_slowAfter{0};
};

} // namespace Branchline
