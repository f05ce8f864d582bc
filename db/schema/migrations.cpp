// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/migrations.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>

// Resources of a static library are registered only when something in it asks for them, and Qt's macro for
// that must stand outside any namespace.
static void registerSchema()
{
    Q_INIT_RESOURCE(schema);
}

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

std::vector<Migration> readAll(const QString &folder)
{
    registerSchema();
    std::vector<Migration> list;
    const QDir dir(folder);
    const QStringList files = dir.entryList({u"*.sql"_s}, QDir::Files, QDir::Name);
    for (const QString &fileName : files) {
        QFile file(dir.filePath(fileName));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("A migration is missing from the program: %s", qPrintable(fileName));
        QByteArray text = file.readAll();
        text.replace("\r\n", "\n");
        const QString stem = fileName.chopped(4);
        const QByteArray hash = QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
        list.push_back({stem.section(u'_', 0, 0).toInt(), stem.section(u'_', 1), QString::fromUtf8(text),
                        QString::fromLatin1(hash)});
    }
    return list;
}

} // namespace

const std::vector<Migration> &migrations(DatabaseRole role)
{
    static const std::vector<Migration> main = readAll(u":/schema/main"_s);
    static const std::vector<Migration> shard = readAll(u":/schema/shard"_s);
    return role == DatabaseRole::Main ? main : shard;
}

namespace {

std::pair<QString, QString> superuserText()
{
    registerSchema();
    QFile file(u":/schema/superuser/staff_logins.sql"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("The functions for logins of the staff are missing from the program.");
    const QByteArray text = file.readAll().replace("\r\n", "\n");
    return {QString::fromUtf8(text),
            QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex())};
}

} // namespace

QString superuserFunctions()
{
    const auto [text, hash] = superuserText();
    return text + u"COMMENT ON FUNCTION public.make_staff_login(text, text, text) IS '%1';\n"_s.arg(hash);
}

QString superuserFunctionsHash()
{
    return superuserText().second;
}

int schemaVersion(DatabaseRole role)
{
    const auto &steps = migrations(role);
    return steps.empty() ? 0 : steps.back().id;
}

} // namespace Branchline
