// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/valuecodec.h"

#include "db/connection/dberror.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QUuid>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Numbers of built-in types; they never change.
enum TypeNumber : unsigned int {
    BooleanType = 16,
    ByteaType = 17,
    BigintType = 20,
    SmallintType = 21,
    IntegerType = 23,
    OidType = 26,
    RealType = 700,
    DoubleType = 701,
    DateType = 1082,
    TimeType = 1083,
    TimestampType = 1114,
    TimestamptzType = 1184,
    NumericType = 1700
};

constexpr qint64 msecsPerDay = 86400000;
constexpr qint64 julianDayOfEpoch = 2440588;

QString tr(const char *text)
{
    return QCoreApplication::translate("ValueCodec", text);
}

// ------------------------------------------------------------------------------------------ to the server

/// PostgreSQL says "0044 BC" where Qt, which has no year 0 either, says -44.
QByteArray dateText(const QDate &date)
{
    const auto padded = [](int number, int width) {
        return QByteArray::number(number).rightJustified(width, '0');
    };
    return padded(std::abs(date.year()), 4) + '-' + padded(date.month(), 2) + '-' + padded(date.day(), 2);
}

QByteArray eraOf(const QDate &date)
{
    return date.year() < 0 ? " BC" : "";
}

QByteArray timeText(const QTime &time)
{
    return time.toString(u"HH:mm:ss.zzz").toLatin1();
}

QByteArray realText(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

QByteArray utf8Of(const QString &text)
{
    if (text.contains(QChar(0))) {
        throw DbException({.kind = DbErrorKind::InvalidValue,
                           .message = tr("A text holds a character that cannot be stored."),
                           .hint = tr("Type the text anew instead of pasting it."),
                           .sqlState = u"22021"_s});
    }
    return text.toUtf8();
}

/// Null for NULL; QByteArray("") is not.
QByteArray encoded(const QVariant &value)
{
    const auto orNull = [](bool isNull, const QByteArray &text) { return isNull ? QByteArray() : text; };
    switch (value.typeId()) {
    case QMetaType::UnknownType:
    case QMetaType::Nullptr:
        return {};
    case QMetaType::Bool:
        return value.toBool() ? "true" : "false";
    case QMetaType::Char:
    case QMetaType::SChar:
    case QMetaType::Short:
    case QMetaType::Int:
    case QMetaType::Long:
    case QMetaType::LongLong:
        return QByteArray::number(value.toLongLong());
    case QMetaType::UChar:
    case QMetaType::UShort:
    case QMetaType::UInt:
    case QMetaType::ULong:
    case QMetaType::ULongLong:
        return QByteArray::number(value.toULongLong());
    case QMetaType::Float:
    case QMetaType::Double:
        return realText(value.toDouble());
    case QMetaType::QChar:
    case QMetaType::QString: {
        const QString text = value.toString();
        return text.isNull() ? QByteArray() : text.isEmpty() ? QByteArray("") : utf8Of(text);
    }
    case QMetaType::QByteArray: {
        const QByteArray bytes = value.toByteArray();
        return orNull(bytes.isNull(), "\\x" + bytes.toHex());
    }
    case QMetaType::QUuid: {
        const QUuid id = value.toUuid();
        return orNull(id.isNull(), id.toByteArray(QUuid::WithoutBraces));
    }
    case QMetaType::QDate: {
        const QDate date = value.toDate();
        return orNull(!date.isValid(), dateText(date) + eraOf(date));
    }
    case QMetaType::QTime: {
        const QTime time = value.toTime();
        return orNull(!time.isValid(), timeText(time));
    }
    case QMetaType::QDateTime: {
        const QDateTime moment = value.toDateTime().toUTC();
        const QDate date = moment.date();
        return orNull(!moment.isValid(),
                      dateText(date) + ' ' + timeText(moment.time()) + "+00" + eraOf(date));
    }
    default:
        throw DbException({.kind = DbErrorKind::Internal,
                           .message = tr("A statement was given a value of a type that it cannot take (%1).")
                                          .arg(QLatin1StringView(value.typeName()))});
    }
}

// ---------------------------------------------------------------------------------------- from the server

/// Reads the parts of an ISO date and time from left to right.
class IsoReader final
{
public:
    explicit IsoReader(QByteArrayView text)
        : m_text(text)
    {}

    [[nodiscard]] bool isOk() const { return m_isOk; }
    [[nodiscard]] char next() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    bool take(char c)
    {
        if (next() != c)
            return false;
        ++m_at;
        return true;
    }
    void expect(char c) { m_isOk = take(c) && m_isOk; }
    int number()
    {
        int value = 0;
        const qsizetype from = m_at;
        for (; next() >= '0' && next() <= '9' && m_at - from < 9; ++m_at)
            value = value * 10 + (next() - '0');
        m_isOk = m_isOk && m_at > from;
        return value;
    }

    QDate date()
    {
        const int year = number();
        expect('-');
        const int month = number();
        expect('-');
        const int day = number();
        const bool isBc = m_text.endsWith(" BC");
        return m_isOk ? QDate(isBc ? -year : year, month, day) : QDate();
    }

    /// Milliseconds since midnight; 24:00:00 is possible.
    qint64 timeOfDay()
    {
        const int hours = number();
        expect(':');
        const int minutes = number();
        expect(':');
        const int seconds = number();
        double fraction = 0;
        if (take('.')) {
            double unit = 1000;
            for (; next() >= '0' && next() <= '9'; ++m_at)
                fraction += (next() - '0') * (unit /= 10);
        }
        return ((hours * 60LL + minutes) * 60 + seconds) * 1000 + std::lround(fraction);
    }

    /// Milliseconds east of UTC: +00, -03:30, +00:19:32.
    qint64 offset()
    {
        const bool isWest = next() == '-';
        if (!take('-'))
            expect('+');
        qint64 seconds = number() * 3600LL;
        if (take(':'))
            seconds += number() * 60LL;
        if (take(':'))
            seconds += number();
        return (isWest ? -seconds : seconds) * 1000;
    }

private:
    QByteArrayView m_text;
    qsizetype m_at = 0;
    bool m_isOk = true;
};

QDate decodedDate(QByteArrayView text)
{
    return IsoReader(text).date();
}

QTime decodedTime(QByteArrayView text)
{
    IsoReader reader(text);
    const qint64 milliseconds = reader.timeOfDay();
    return reader.isOk()
               ? QTime::fromMSecsSinceStartOfDay(static_cast<int>(std::min(milliseconds, msecsPerDay - 1)))
               : QTime();
}

QDateTime decodedMoment(QByteArrayView text, bool hasZone)
{
    IsoReader reader(text);
    const QDate date = reader.date();
    if (!date.isValid())
        return {};
    reader.expect(' ');
    const qint64 time = reader.timeOfDay();
    const qint64 offset = hasZone ? reader.offset() : 0;
    if (!reader.isOk())
        return {};
    const qint64 milliseconds = (date.toJulianDay() - julianDayOfEpoch) * msecsPerDay + time - offset;
    // Local time costs two looks at /etc/localtime each, for moments that hardly anybody shows.
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC);
    return hasZone ? moment : QDateTime(moment.date(), moment.time());
}

/// Takes "NaN", "Infinity" and "-Infinity" as well.
QVariant decodedReal(QByteArrayView text)
{
    if (text == "NaN")
        return std::nan("");
    if (text == "Infinity")
        return std::numeric_limits<double>::infinity();
    if (text == "-Infinity")
        return -std::numeric_limits<double>::infinity();
    bool isNumber = false;
    const double number = text.toDouble(&isNumber);
    return isNumber ? QVariant(number) : QVariant();
}

/// The driver asks for the older form, in which a backslash stands before three octal digits or another
/// backslash; servers use the hexadecimal one by themselves.
QByteArray decodedBytes(QByteArrayView text)
{
    if (text.startsWith("\\x"))
        return QByteArray::fromHex(text.sliced(2).toByteArray());
    QByteArray bytes("");
    for (qsizetype at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            bytes += text[at];
        } else if (at + 3 < text.size() && text[at + 1] != '\\') {
            bytes += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                       (text[at + 3] - '0'));
            at += 3;
        } else {
            bytes += '\\';
            ++at;
        }
    }
    return bytes;
}

} // namespace

ParameterValues::ParameterValues(const QVariantList &values)
{
    m_texts.reserve(static_cast<size_t>(values.size()));
    m_pointers.reserve(static_cast<size_t>(values.size()));
    for (const QVariant &value : values) {
        m_texts.push_back(encoded(value));
        m_pointers.push_back(m_texts.back().isNull() ? nullptr : m_texts.back().constData());
    }
}

QVariant decodeValue(unsigned int type, QByteArrayView text)
{
    switch (type) {
    case BooleanType:
        return text == "t";
    case SmallintType:
    case IntegerType:
        return text.toInt();
    case BigintType:
    case OidType:
        return text.toLongLong();
    case RealType:
    case DoubleType:
    case NumericType:
        return decodedReal(text);
    case DateType:
        return decodedDate(text);
    case TimeType:
        return decodedTime(text);
    case TimestampType:
        return decodedMoment(text, false);
    case TimestamptzType:
        return decodedMoment(text, true);
    case ByteaType:
        return decodedBytes(text);
    default:
        return QString::fromUtf8(text);
    }
}

} // namespace Branchline
