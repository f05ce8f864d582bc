// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QFrame>

#include <vector>

namespace Branchline {

class Button;
class TextLine;

/// How many scans of the visit (or batch) stand in each state.
struct DeskCounts
{
    int scans = 0;    ///< all of them
    int lent = 0;     ///< lent to the patron of this visit
    int returned = 0; ///< taken back
    int refused = 0;  ///< refused, each for its reasons
    int unknown = 0;  ///< sent, the answer is not known yet and is asked for again
    int waiting = 0;  ///< not sent yet
    int failed = 0;   ///< not done because of an error
    int renewed = 0;  ///< renewed, in a visit or by themselves
    int undone = 0;   ///< taken back
    int toDecide = 0; ///< the foot takes it from `refused` while somebody is asked, see setDeciding()
};

/// The foot of the desk: how many scans stand in each state, Undo last, and Done.
class DeskFoot final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskFoot)

public:
    explicit DeskFoot(QWidget *parent = nullptr);

    void setCounts(const DeskCounts &counts);
    /// Whether a patron is at the desk: then Done closes the visit even before the first scan.
    void setPatronThere(bool there);
    /// Whether a person has to decide about a refused copy: Done waits for that.
    void setDeciding(bool isDeciding);
    /// 52 high, or 44 in low windows.
    void setLow(bool low);
    Button *doneButton() const { return m_done; }
    Button *undoButton() const { return m_undo; }
    /// Whether a scan of the list shown can be undone.
    void setCanUndo(bool can);
    /// Why Done cannot be pressed now; empty when it can.
    QString reason() const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Item
    {
        int DeskCounts::*count;
        QWidget *widget;
        TextLine *words;
    };

    void addItem(int DeskCounts::*count, const QString &iconName, Status status);
    [[nodiscard]] int numberOf(int DeskCounts::*count) const;
    QString wordsFor(int DeskCounts::*count) const;
    void refresh();

    DeskCounts m_counts;
    bool m_patronThere = false;
    bool m_isDeciding = false;
    TextLine *m_scans = nullptr;
    TextLine *m_reason = nullptr;
    std::vector<Item> m_items;
    Button *m_undo = nullptr;
    Button *m_done = nullptr;
};

} // namespace Branchline
