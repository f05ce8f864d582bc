// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <map>
#include <utility>
#include <vector>

namespace Branchline {

/// Puts metrics together in the text format that Prometheus reads (version 0.0.4). Families come out in the
/// order in which they were opened, those without samples are left out; each has one HELP and TYPE line, and
/// a sample given twice keeps the last value.
class MetricsText final
{
public:
    enum class Type { Gauge, Counter, Histogram };
    /// Label names with their values; an empty value is as good as none and is left out.
    using Labels = std::vector<std::pair<const char *, QString>>;

    /// Opens a family; samples that follow belong to it. `name` must fit [a-z_][a-z0-9_]* and end with the
    /// base unit, and with _total if it is a counter. Opening one again continues it.
    void family(const char *name, Type type, const QString &help);
    /// Of a gauge or a counter.
    void sample(const Labels &labels, double value);
    /// Of a histogram. `counts` has one number for each class, not cumulative: those up to each of `bounds`,
    /// and those above the last. Bounds and `sum` are in the family's base unit.
    void histogram(const Labels &labels, const std::vector<double> &bounds,
                   const std::vector<quint64> &counts, double sum);

    [[nodiscard]] QByteArray text() const;

private:
    struct Family
    {
        QByteArray name;
        Type type = Type::Gauge;
        QByteArray help;
        std::vector<QByteArray> order;        ///< samples: what stands before their values
        std::map<QByteArray, double> samples; ///< by that
    };
    void put(const char *suffix, const Labels &labels, double value);

    std::vector<Family> m_families;
    size_t m_current = 0;
};

} // namespace Branchline
