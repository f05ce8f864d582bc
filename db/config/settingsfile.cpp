// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/settingsfile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr qint64 largestFile = 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("SettingsFile", text);
}

DbError damaged(const QString &path, const QString &reason)
{
    return {.kind = DbErrorKind::Configuration,
            .message =
                tr("The settings file %1 cannot be used: %2.").arg(QDir::toNativeSeparators(path), reason),
            .hint = tr("Write one setting per line, such as DATABASE_URL = postgresql://host/database; lines "
                       "that begin with # "
                       "are remarks.")};
}

} // namespace

Result<QMap<QString, QString>> readSettingsFile(const QString &path)
{
    QMap<QString, QString> values;
    QFile file(path);
    if (!file.exists())
        return values;
    if (!file.open(QIODevice::ReadOnly))
        return damaged(path, file.errorString());
    if (file.size() > largestFile)
        return damaged(path, tr("it is larger than 1 MB"));

    QStringDecoder utf8(QStringDecoder::Utf8);
    const QString text = utf8(file.readAll());
    if (utf8.hasError() || text.contains(QChar::Null))
        return damaged(path, tr("it is not a UTF-8 text"));

    static const QRegularExpression setting(u"^\\s*([A-Za-z][A-Za-z0-9_]*)\\s*=\\s*(.*?)\\s*$"_s);
    const QStringList lines = text.split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString line = lines.at(i).trimmed();
        if (line.isEmpty() || line.startsWith(u'#'))
            continue;
        const auto match = setting.match(line);
        if (!match.hasMatch())
            return damaged(path, tr("line %1 is not of the form NAME = value").arg(i + 1));
        const QString name = match.captured(1).toUpper();
        if (values.contains(name))
            return damaged(path, tr("line %1 sets %2 a second time").arg(i + 1).arg(name));
        values.insert(name, match.captured(2));
    }
    return values;
}

} // namespace Branchline
