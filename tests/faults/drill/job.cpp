// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/job.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

QStringList listIn(const QJsonObject &object, QLatin1StringView key)
{
    QStringList list;
    const QJsonArray values = object.value(key).toArray();
    for (const QJsonValue &value : values)
        list << value.toString();
    return list;
}

} // namespace

QJsonObject DeskJob::toJson() const
{
    return {{u"name"_s, name},
            {u"folder"_s, folder},
            {u"seed"_s, static_cast<double>(seed)},
            {u"lanes"_s, lanes},
            {u"think_ms"_s, thinkMs},
            {u"branches"_s, QJsonArray::fromStringList(branches)},
            {u"copies"_s, QJsonArray::fromStringList(copies)},
            {u"cards"_s, QJsonArray::fromStringList(cards)},
            {u"flaw"_s, flaw}};
}

DeskJob DeskJob::fromJson(const QJsonObject &object)
{
    return {.name = object.value("name"_L1).toString(),
            .folder = object.value("folder"_L1).toString(),
            .seed = static_cast<quint32>(object.value("seed"_L1).toDouble()),
            .lanes = object.value("lanes"_L1).toInt(1),
            .thinkMs = object.value("think_ms"_L1).toInt(),
            .branches = listIn(object, "branches"_L1),
            .copies = listIn(object, "copies"_L1),
            .cards = listIn(object, "cards"_L1),
            .flaw = object.value("flaw"_L1).toString()};
}

} // namespace Branchline::Drill
