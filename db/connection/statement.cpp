// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/statement.h"

#include <QDateTime>
#include <QRandomGenerator>
#include <QtEndian>

#include <array>

using namespace Qt::StringLiterals;

namespace Branchline {

QString arrayLiteral(const QStringList &values)
{
    QStringList quoted;
    quoted.reserve(values.size());
    for (QString value : values) {
        value.replace(u'\\', "\\\\"_L1).replace(u'"', "\\\""_L1);
        quoted << u'"' + value + u'"';
    }
    return u'{' + quoted.join(u',') + u'}';
}

QString arrayLiteral(const QList<QUuid> &values)
{
    QStringList texts;
    texts.reserve(values.size());
    for (const QUuid &value : values)
        texts << value.toString(QUuid::WithoutBraces);
    return u'{' + texts.join(u',') + u'}';
}

QVariant orNull(const QString &text)
{
    return text.isEmpty() ? QVariant() : QVariant(text);
}

QVariant orNull(const QUuid &id)
{
    return id.isNull() ? QVariant() : QVariant(id.toString(QUuid::WithoutBraces));
}

QUuid newUuid()
{
    std::array<quint8, 16> bytes{};
    auto *generator = QRandomGenerator::system();
    const quint64 low = generator->generate64();
    const quint32 high = generator->generate();
    const auto milliseconds = static_cast<quint64>(QDateTime::currentMSecsSinceEpoch());
    qToBigEndian(milliseconds << 16 | (high & 0xffff), bytes.data());
    qToBigEndian(low, bytes.data() + 8);
    bytes[6] = static_cast<quint8>((bytes[6] & 0x0f) | 0x70);
    bytes[8] = static_cast<quint8>((bytes[8] & 0x3f) | 0x80);
    return QUuid::fromRfc4122(QByteArrayView(bytes.data(), bytes.size()));
}

} // namespace Branchline
