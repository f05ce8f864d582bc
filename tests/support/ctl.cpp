// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ctl.h"

#include <QJsonDocument>

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

HeardCtl::HeardCtl(const Ctl &ctl, const QStringList &words)
{
    m_process.setProcessEnvironment(ctl.environment());
    m_process.start(Ctl::program(), words);
    m_process.setReadChannel(QProcess::StandardError); // what is waited for
}

HeardCtl::~HeardCtl()
{
    (void)kill();
}

bool HeardCtl::saysLines(qsizetype lines)
{
    return hear([this, lines] { return m_said.count('\n') >= lines; });
}

bool HeardCtl::says(const QByteArray &words)
{
    return hear([this, words] { return m_said.contains(words); });
}

bool HeardCtl::hear(const std::function<bool()> &isEnough)
{
    while (!isEnough() && m_process.waitForReadyRead(longestRunMs))
        m_said += m_process.readAllStandardError();
    return isEnough();
}

bool HeardCtl::kill()
{
    m_process.kill();
    m_process.waitForFinished();
    m_said += m_process.readAllStandardError();
    return m_process.exitStatus() == QProcess::CrashExit;
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
