// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/activitychart.h"

#include "models/statistics/activitymodel.h"
#include "ui/statistics/axisscale.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QHelpEvent>
#include <QLineSeries>
#include <QLocale>
#include <QToolTip>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr qreal lineWidth = 2;

QString shortName(FiguresRange range, const QDate &day)
{
    return QLocale().toString(day, range == FiguresRange::Months12 ? u"MMM"_s : u"d MMM"_s);
}

/// The axis keeps the order in which labels were added, and refuses equal ones.
void replaceLabels(QCategoryAxis *axis, const std::vector<std::pair<QString, qreal>> &labels)
{
    const QStringList old = axis->categoriesLabels();
    for (const QString &label : old)
        axis->remove(label);
    for (const auto &[label, value] : labels)
        axis->append(label, value);
}

} // namespace

ActivityChart::ActivityChart(QWidget *parent)
    : QWidget(parent)
    , m_chart(new QChart)
    , m_view(new QChartView(m_chart, this))
    , m_loans(new QLineSeries(m_chart))
    , m_returns(new QLineSeries(m_chart))
    , m_periodAxis(new QCategoryAxis(m_chart))
    , m_valueAxis(new QCategoryAxis(m_chart))
{
    makeChart();
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setFocusPolicy(Qt::NoFocus); // nothing in it can be operated
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->viewport()->installEventFilter(this);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_view);
    connect(Theme::instance(), &Theme::changed, this, &ActivityChart::applyTheme);
    applyTheme();
}

void ActivityChart::makeChart()
{
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_chart->legend()->hide(); // the card has one
    m_chart->setMargins(QMargins(6, 10, 26, 2));
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_chart->setDropShadowEnabled(false);
    m_chart->addAxis(m_periodAxis, Qt::AlignBottom);
    m_chart->addAxis(m_valueAxis, Qt::AlignLeft);
    for (QCategoryAxis *axis : {m_periodAxis, m_valueAxis}) {
        axis->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
        axis->setTruncateLabels(false);
        axis->setLineVisible(false);
    }
    m_periodAxis->setGridLineVisible(false);
    for (QLineSeries *series : {m_loans, m_returns}) {
        m_chart->addSeries(series);
        series->attachAxis(m_periodAxis);
        series->attachAxis(m_valueAxis);
    }
}

void ActivityChart::applyTheme()
{
    const ThemeColors &c = colors();
    m_chart->setBackgroundBrush(c.surface);
    m_chart->setBackgroundPen(Qt::NoPen);
    m_chart->setPlotAreaBackgroundVisible(false);
    m_view->setBackgroundBrush(c.surface);
    for (QCategoryAxis *axis : {m_periodAxis, m_valueAxis}) {
        axis->setLabelsFont(textFont(TextRole::Caption));
        axis->setLabelsBrush(c.muted);
        axis->setGridLinePen(QPen(c.border, 1));
    }
    QPen loans(m_stale ? c.muted : c.series[0], lineWidth);
    loans.setJoinStyle(Qt::RoundJoin);
    QPen returns(m_stale ? c.control : c.series[1], lineWidth);
    returns.setJoinStyle(Qt::RoundJoin);
    returns.setCapStyle(Qt::FlatCap);
    returns.setDashPattern({5 / lineWidth, 4 / lineWidth});
    m_loans->setPen(loans);
    m_returns->setPen(returns);
}

void ActivityChart::setStale(bool stale)
{
    if (stale == m_stale)
        return;
    m_stale = stale;
    applyTheme();
}

void ActivityChart::setPeriods(FiguresRange range, const std::vector<ActivityPeriod> &periods,
                               const QDate &today)
{
    m_range = range;
    m_periods = periods;
    m_today = today;
    QList<QPointF> loans;
    QList<QPointF> returns;
    qint64 highest = 0;
    for (size_t i = 0; i < periods.size(); ++i) {
        loans.append({static_cast<qreal>(i), static_cast<qreal>(periods[i].loans)});
        returns.append({static_cast<qreal>(i), static_cast<qreal>(periods[i].returns)});
        highest = std::max({highest, periods[i].loans, periods[i].returns});
    }
    const AxisScale scale = axisScale(highest);
    std::vector<std::pair<QString, qreal>> values;
    for (int line = 0; line <= scale.steps; ++line)
        values.emplace_back(QLocale().toString(line * scale.step), static_cast<qreal>(line * scale.step));
    replaceLabels(m_valueAxis, values);
    m_valueAxis->setRange(0, static_cast<qreal>(scale.top()));
    m_periodAxis->setRange(0, std::max<qreal>(1, static_cast<qreal>(periods.size()) - 1));
    showLabels();
    m_loans->replace(loans);
    m_returns->replace(returns);
}

void ActivityChart::showLabels()
{
    if (m_periods.empty())
        return;
    const QFontMetrics metrics(textFont(TextRole::Caption));
    const int label = metrics.horizontalAdvance(shortName(m_range, QDate(2026, 10, 28))) + 16;
    const int room = std::max(1, (width() - 60) / label);
    const int natural = m_range == FiguresRange::Days30 ? 7 : 1;
    const auto count = static_cast<int>(m_periods.size());
    int each = natural;
    while ((count - 1) / each + 1 > room)
        each += natural;
    // Counted from the newest period, which always has its label.
    std::vector<std::pair<QString, qreal>> labels;
    for (int i = (count - 1) % each; i < count; i += each)
        labels.emplace_back(shortName(m_range, m_periods[static_cast<size_t>(i)].first), i);
    replaceLabels(m_periodAxis, labels);
}

void ActivityChart::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    showLabels();
}

QString ActivityChart::tipAt(const QPoint &place) const
{
    const qreal x = m_chart->mapToValue(m_chart->mapFromScene(m_view->mapToScene(place)), m_loans).x();
    const auto index = static_cast<int>(std::lround(x));
    if (index < 0 || index >= static_cast<int>(m_periods.size()))
        return {};
    const ActivityPeriod &period = m_periods[static_cast<size_t>(index)];
    const QLocale locale;
    return tr("%1: %2 loans, %3 returns, %4 renewals")
        .arg(periodName(m_range, period, m_today), locale.toString(period.loans),
             locale.toString(period.returns), locale.toString(period.renewals));
}

bool ActivityChart::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_view->viewport() && event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QToolTip::showText(help->globalPos(), tipAt(help->pos()), m_view);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace Branchline
