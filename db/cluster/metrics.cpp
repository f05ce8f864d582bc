// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/metrics.h"

#include <QMap>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QByteArray escapedHelp(const QString &text)
{
    return text.toUtf8().replace('\\', "\\\\").replace('\n', "\\n");
}

QByteArray escapedValue(const QString &text)
{
    return escapedHelp(text).replace('"', "\\\"");
}

QByteArray numberText(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    return QByteArray::number(value, 'g', 15); // whole numbers up to 2^49 stay whole
}

} // namespace

void MetricsText::family(const char *name, Type type, const QString &help)
{
    const auto known = std::find_if(m_families.begin(), m_families.end(),
                                    [name](const Family &f) { return f.name == name; });
    m_current = static_cast<size_t>(known - m_families.begin());
    if (known == m_families.end())
        m_families.push_back(
            {.name = name, .type = type, .help = escapedHelp(help), .order = {}, .samples = {}});
}

void MetricsText::put(const char *suffix, const Labels &labels, double value)
{
    Family &family = m_families.at(m_current);
    QByteArray list;
    for (const auto &[name, labelValue] : labels) {
        if (!labelValue.isEmpty())
            list += (list.isEmpty() ? "" : ",") + QByteArray(name) + "=\"" + escapedValue(labelValue) + '"';
    }
    const QByteArray key = family.name + suffix + (list.isEmpty() ? list : '{' + list + '}');
    const auto [known, isNew] = family.samples.insert_or_assign(key, value);
    if (isNew)
        family.order.push_back(key);
}

void MetricsText::sample(const Labels &labels, double value)
{
    put("", labels, value);
}

void MetricsText::histogram(const Labels &labels, const std::vector<double> &bounds,
                            const std::vector<quint64> &counts, double sum)
{
    quint64 upTo = 0;
    Labels withBound = labels;
    withBound.emplace_back("le", QString());
    for (size_t i = 0; i < counts.size(); ++i) {
        upTo += counts[i];
        withBound.back().second = i < bounds.size() ? QString::fromLatin1(numberText(bounds[i])) : "+Inf"_L1;
        put("_bucket", withBound, static_cast<double>(upTo));
    }
    put("_sum", labels, sum);
    put("_count", labels, static_cast<double>(upTo));
}

QByteArray MetricsText::text() const
{
    static const QMap<Type, QByteArray> typeNames{
        {Type::Gauge, "gauge"}, {Type::Counter, "counter"}, {Type::Histogram, "histogram"}};
    QByteArray out;
    for (const Family &family : m_families) {
        if (family.order.empty())
            continue;
        out += "# HELP " + family.name + ' ' + family.help + '\n';
        out += "# TYPE " + family.name + ' ' + typeNames.value(family.type) + '\n';
        for (const QByteArray &key : family.order)
            out += key + ' ' + numberText(family.samples.at(key)) + '\n';
    }
    return out;
}

} // namespace Branchline
