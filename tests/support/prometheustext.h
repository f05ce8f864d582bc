// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QString>
#include <QStringList>

#include <optional>

namespace Branchline {

/// A strict reader of the text format of Prometheus, version 0.0.4. It complains of everything that a server
/// would refuse, and of what promtool calls bad style: a family without HELP, TYPE or samples, two of one
/// name, samples apart from their family, doubled samples, counters that do not end with _total.
class PrometheusText final
{
public:
    explicit PrometheusText(const QString &text);

    /// What is wrong with it, each with its line.
    [[nodiscard]] const QStringList &complaints() const { return m_complaints; }
    /// The value of the one sample that has these labels (and maybe more); not set when there is none.
    /// Several are added up.
    [[nodiscard]] std::optional<double> value(const QString &name,
                                              const QMap<QString, QString> &labels = {}) const;
    [[nodiscard]] qsizetype size() const { return m_samples.size(); }

private:
    struct Sample
    {
        QString name;
        QMap<QString, QString> labels;
        double value = 0;
    };

    void readComment(const QString &line);
    void readSample(const QString &line);
    /// Reads `name="value",…` up to the closing brace; the position behind it, or -1.
    [[nodiscard]] static qsizetype readLabels(const QString &line, qsizetype at,
                                              QMap<QString, QString> &labels);
    [[nodiscard]] bool belongs(const QString &sample, const QString &family) const;
    /// Classes that rise up to +Inf, and a sum and a count that fits.
    void checkHistogram(const QString &family);
    void complain(const QString &what);

    QStringList m_complaints;
    QList<Sample> m_samples;
    QMap<QString, QString> m_helps;
    QMap<QString, QString> m_types;
    QString m_family;
    int m_line = 0;
};

} // namespace Branchline
