// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/prometheustext.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace Branchline {

PrometheusText::PrometheusText(const QString &text)
{
    if (!text.endsWith(u'\n'))
        complain(u"the last line does not end"_s);
    const QStringList lines = text.chopped(1).split(u'\n');
    for (const QString &line : lines) {
        ++m_line;
        if (line.isEmpty())
            complain(u"an empty line"_s);
        else if (line.startsWith(u'#'))
            readComment(line);
        else
            readSample(line);
    }
    for (auto it = m_types.cbegin(); it != m_types.cend(); ++it) {
        const bool hasSample = std::any_of(m_samples.cbegin(), m_samples.cend(),
                                           [&](const Sample &s) { return belongs(s.name, it.key()); });
        if (!hasSample)
            complain("no sample of "_L1 + it.key());
        if (it.value() == "histogram"_L1)
            checkHistogram(it.key());
        if (!m_helps.contains(it.key()))
            complain("no help for "_L1 + it.key());
        if ((it.value() == "counter"_L1) != it.key().endsWith("_total"_L1))
            complain("a counter ends with _total, nothing else does: "_L1 + it.key());
    }
}

bool PrometheusText::belongs(const QString &sample, const QString &family) const
{
    if (m_types.value(family) != "histogram"_L1)
        return sample == family;
    return sample == family + "_bucket"_L1 || sample == family + "_sum"_L1 || sample == family + "_count"_L1;
}

void PrometheusText::checkHistogram(const QString &family)
{
    struct Series
    {
        double bound = -std::numeric_limits<double>::infinity();
        double upTo = 0;
        QMap<QString, QString> labels = {};
    };
    QMap<QString, Series> series;
    for (const Sample &sample : m_samples) {
        if (sample.name != family + "_bucket"_L1)
            continue;
        QMap<QString, QString> labels = sample.labels;
        const QString text = labels.take(u"le"_s);
        const double bound = text == "+Inf"_L1 ? std::numeric_limits<double>::infinity() : text.toDouble();
        Series &one = series[(labels.keys() + labels.values()).join(u'\n')];
        if (text.isEmpty() || bound <= one.bound || sample.value < one.upTo)
            complain("the classes do not rise: "_L1 + family);
        one = {bound, sample.value, labels};
    }
    for (auto it = series.cbegin(); it != series.cend(); ++it) {
        if (!std::isinf(it->bound) || value(family + "_count"_L1, it->labels) != it->upTo ||
            !value(family + "_sum"_L1, it->labels))
            complain("no whole histogram: "_L1 + family);
    }
}

std::optional<double> PrometheusText::value(const QString &name, const QMap<QString, QString> &labels) const
{
    std::optional<double> sum;
    for (const Sample &sample : m_samples) {
        bool fits = sample.name == name;
        for (auto it = labels.cbegin(); it != labels.cend() && fits; ++it)
            fits = sample.labels.value(it.key()) == it.value();
        if (fits)
            sum = sum.value_or(0) + sample.value;
    }
    return sum;
}

void PrometheusText::readComment(const QString &line)
{
    static const QRegularExpression form(u"^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (\\S.*)$"_s);
    const auto match = form.match(line);
    if (!match.hasMatch())
        return complain(u"a comment of another form: "_s + line);
    const QString name = match.captured(2);
    QMap<QString, QString> &known = match.captured(1) == "HELP"_L1 ? m_helps : m_types;
    if (known.contains(name))
        complain(u"a second %1 of %2"_s.arg(match.captured(1), name));
    known.insert(name, match.captured(3));
    if (&known == &m_types) {
        if (m_types.value(name) != "gauge"_L1 && m_types.value(name) != "counter"_L1 &&
            m_types.value(name) != "histogram"_L1)
            complain(u"an unknown type: "_s + line);
        m_family = name;
    }
}

void PrometheusText::readSample(const QString &line)
{
    static const QRegularExpression nameForm(u"^[a-z_][a-z0-9_]*"_s);
    Sample sample{.name = nameForm.match(line).captured(), .labels = {}};
    if (!belongs(sample.name, m_family) || sample.name.isEmpty())
        complain(u"a sample outside of its family: "_s + line);
    qsizetype at = sample.name.size();
    if (line.mid(at, 1) == "{"_L1) {
        at = readLabels(line, at + 1, sample.labels);
        if (at < 0)
            return complain(u"labels of another form: "_s + line);
    }
    static const QRegularExpression number(u"^ ([-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?|Inf)|NaN)$"_s);
    const auto match = number.match(line.mid(at));
    if (!match.hasMatch())
        return complain(u"a value of another form: "_s + line);
    sample.value = match.captured(1).toDouble();
    const bool isDouble = std::any_of(m_samples.cbegin(), m_samples.cend(), [&](const Sample &s) {
        return s.name == sample.name && s.labels == sample.labels;
    });
    if (isDouble)
        complain(u"a sample that was there already: "_s + line);
    m_samples << sample;
}

qsizetype PrometheusText::readLabels(const QString &line, qsizetype at, QMap<QString, QString> &labels)
{
    static const QRegularExpression begin(u"\\G([a-z_][a-z0-9_]*)=\""_s);
    for (;;) {
        const auto match = begin.match(line, at);
        if (!match.hasMatch() || labels.contains(match.captured(1)) || match.captured(1).startsWith("__"_L1))
            return -1;
        at = match.capturedEnd();
        QString text;
        for (; at < line.size() && line.at(at) != u'"'; ++at) {
            if (line.at(at) != u'\\') {
                text += line.at(at);
                continue;
            }
            const QChar next = line.size() > ++at ? line.at(at) : QChar();
            if (next != u'\\' && next != u'"' && next != u'n')
                return -1;
            text += next == u'n' ? QChar(u'\n') : next;
        }
        labels.insert(match.captured(1), text);
        const QString behind = line.mid(at, 2);
        if (behind == "\"}"_L1)
            return at + 2;
        if (behind != "\","_L1)
            return -1;
        at += 2;
    }
}

void PrometheusText::complain(const QString &what)
{
    m_complaints << u"line %1: %2"_s.arg(m_line).arg(what);
}

} // namespace Branchline
