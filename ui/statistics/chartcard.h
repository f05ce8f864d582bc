// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QHBoxLayout;

namespace Branchline {

class TextLabel;

/// A card with a heading, a remark behind it, a legend at the end, and a chart below.
class ChartCard final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChartCard)

public:
    enum class Mark { Block, Line, Dashes };

    explicit ChartCard(QWidget *chart, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// Stands behind the title where there is room, else below the chart.
    void setRemark(const QString &remark);
    /// Adds a mark in the colour of a series and its name to the legend.
    void addLegend(Mark mark, int series, const QString &name);
    /// The legend in the greys of a chart whose figures are old.
    void setStale(bool stale);
    bool isStale() const { return m_stale; }
    /// A muted line below the chart; hidden when empty.
    void setFootNote(const QString &note);
    /// What stands below the chart now.
    QString footNote() const { return m_noteText; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void placeRemark();

    TextLabel *m_title;
    TextLabel *m_remark;
    TextLabel *m_note;
    QHBoxLayout *m_head;
    QString m_remarkText;
    QString m_noteText;
    bool m_stale = false;
};

} // namespace Branchline
