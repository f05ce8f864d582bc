// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/chartcard.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int sideMargin = 15;

class LegendMark final : public QWidget
{
public:
    LegendMark(ChartCard::Mark mark, int series, ChartCard *card)
        : QWidget(card)
        , m_card(card)
        , m_mark(mark)
        , m_series(series)
    {
        setFixedSize(mark == ChartCard::Mark::Block ? QSize(12, 12) : QSize(18, 12));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        const QColor color = !m_card->isStale() ? colors().series.at(static_cast<size_t>(m_series))
                             : m_series == 0    ? colors().muted
                                                : colors().control;
        if (m_mark == ChartCard::Mark::Block) {
            painter.fillRect(rect(), color);
            return;
        }
        QPen pen(color, 2);
        pen.setCapStyle(Qt::FlatCap);
        if (m_mark == ChartCard::Mark::Dashes)
            pen.setDashPattern({3.5, 2});
        painter.setPen(pen);
        painter.drawLine(0, height() / 2, width(), height() / 2);
    }

private:
    const ChartCard *m_card;
    ChartCard::Mark m_mark;
    int m_series;
};

} // namespace

ChartCard::ChartCard(QWidget *chart, QWidget *parent)
    : QFrame(parent)
    , m_title(new TextLabel(TextRole::Subhead, true, false, this))
    , m_remark(new TextLabel(TextRole::Caption, false, true, this))
    , m_note(new TextLabel(TextRole::Caption, false, true, this))
    , m_head(new QHBoxLayout)
{
    m_remark->setElided(true);
    m_remark->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_head->setSpacing(8);
    m_head->setContentsMargins(sideMargin, 0, sideMargin, 0);
    m_head->addWidget(m_title);
    m_head->addWidget(m_remark, 1);
    m_note->setElided(true);
    m_note->setContentsMargins(sideMargin, 0, sideMargin, 0);
    m_note->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(1, 10, 1, 8);
    column->setSpacing(6);
    column->addLayout(m_head);
    column->addWidget(chart, 1);
    column->addWidget(m_note);
}

void ChartCard::setTitle(const QString &title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

void ChartCard::setRemark(const QString &remark)
{
    m_remarkText = remark;
    setAccessibleDescription(remark);
    placeRemark();
}

void ChartCard::addLegend(Mark mark, int series, const QString &name)
{
    m_head->addSpacing(4);
    m_head->addWidget(new LegendMark(mark, series, this));
    m_head->addWidget(new TextLabel(TextRole::Caption, false, false, this));
    static_cast<TextLabel *>(m_head->itemAt(m_head->count() - 1)->widget())->setText(name);
}

void ChartCard::setStale(bool stale)
{
    m_stale = stale;
    for (auto *mark : findChildren<QWidget *>(Qt::FindDirectChildrenOnly))
        mark->update();
}

void ChartCard::setFootNote(const QString &note)
{
    m_noteText = note;
    placeRemark();
}

void ChartCard::placeRemark()
{
    int taken = 2 * sideMargin + 16;
    for (int i = 0; i < m_head->count(); ++i) {
        if (m_head->itemAt(i)->widget() != m_remark)
            taken += m_head->itemAt(i)->sizeHint().width() + m_head->spacing();
    }
    const bool fits =
        taken + QFontMetrics(m_remark->font()).horizontalAdvance(m_remarkText) <= width() || width() == 0;
    m_remark->setText(fits ? m_remarkText : QString());
    QStringList notes;
    if (!fits)
        notes << m_remarkText;
    if (!m_noteText.isEmpty())
        notes << m_noteText;
    m_note->setText(notes.join(u". "_s));
    m_note->setVisible(!notes.isEmpty());
}

void ChartCard::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    placeRemark();
}

void ChartCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintOutline(&painter, rect(), colors().surface, colors().border, 8);
}

} // namespace Branchline
