// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ctl.h"

#include <QJsonDocument>
#include <QProcess>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int longestRunMs = 60'000;

} // namespace

QByteArray CtlRun::text() const
{
    return u"status %1\n%2\n%3"_s.arg(status).arg(output, errors).toUtf8();
}

Ctl::Ctl()
    : m_environment(QProcessEnvironment::systemEnvironment())
{
    const QStringList names = m_environment.keys();
    for (const QString &name : names) {
        if (name.startsWith("DATABASE_"_L1) || name.startsWith("PG"_L1) || name == "SHARDING_BRANCHES"_L1 ||
            name == "SQL_ECHO"_L1 || name == "BRANCHLINE_DIR"_L1)
            m_environment.remove(name);
    }
    m_environment.insert(u"XDG_CONFIG_HOME"_s, u"/nonexistent"_s);
}

CtlRun Ctl::json(const QStringList &words, const QByteArray &input) const
{
    return run(words + QStringList{u"--json"_s}, input);
}

CtlRun Ctl::run(const QStringList &words, const QByteArray &input) const
{
    QProcess process;
    process.setProcessEnvironment(m_environment);
    process.start(program(), words);
    process.write(input);
    process.closeWriteChannel();
    CtlRun result;
    if (!process.waitForFinished(longestRunMs)) {
        process.kill();
        process.waitForFinished();
    } else if (process.exitStatus() == QProcess::NormalExit) {
        result.status = process.exitCode();
    }
    const QByteArray output = process.readAllStandardOutput();
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(output, &error);
    result.isJson = error.error == QJsonParseError::NoError && document.isObject();
    result.json = document.object();
    result.output = QString::fromUtf8(output);
    result.errors = QString::fromUtf8(process.readAllStandardError());
    return result;
}

QString Ctl::program()
{
    return QStringLiteral(BRANCHLINECTL);
}

QStringList missingKeys(const QJsonObject &object, const QStringList &expected)
{
    QStringList missing;
    for (const QString &key : expected) {
        if (!object.contains(key))
            missing << key;
    }
    return missing;
}

} // namespace Branchline
