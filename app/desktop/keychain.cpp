// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/keychain.h"

#include <QPointer>
#include <QTimer>

#include <qt6keychain/keychain.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString service()
{
    return u"branchline"_s;
}

Keychain::Outcome outcomeOf(const QKeychain::Job *job)
{
    switch (job->error()) {
    case QKeychain::NoError:
        return Keychain::Outcome::Ok;
    case QKeychain::EntryNotFound:
        return Keychain::Outcome::Absent;
    default:
        return Keychain::Outcome::Failed;
    }
}

/// The job deletes itself when it ends, however late; whoever comes first of job and timer answers.
template <typename Ended, typename Late>
void start(QKeychain::Job *job, QObject *context, std::chrono::milliseconds deadline, Ended ended, Late late)
{
    job->setInsecureFallback(false);
    auto *timer = new QTimer(context);
    timer->setSingleShot(true);
    auto isLate = std::make_shared<bool>(false);
    QObject::connect(timer, &QTimer::timeout, context, [isLate, late, timer] {
        timer->deleteLater();
        *isLate = true;
        late();
    });
    QObject::connect(job, &QKeychain::Job::finished, context,
                     [isLate, ended, timer = QPointer<QTimer>(timer)](QKeychain::Job *done) {
                         delete timer.data();
                         ended(done, *isLate);
                     });
    timer->start(deadline);
    job->start();
}

} // namespace

Keychain::Keychain(std::chrono::milliseconds deadline, QObject *parent)
    : QObject(parent)
    , m_deadline(deadline)
{}

void Keychain::read(const QString &key, Read handler)
{
    auto *job = new QKeychain::ReadPasswordJob(service());
    job->setKey(key);
    start(
        job, this, m_deadline,
        [this, key, handler](QKeychain::Job *done, bool isLate) {
            const QString password = static_cast<QKeychain::ReadPasswordJob *>(done)->textData();
            const Outcome outcome =
                password.isEmpty() && outcomeOf(done) == Outcome::Ok ? Outcome::Absent : outcomeOf(done);
            if (!isLate)
                handler(outcome, outcome == Outcome::Ok ? password : QString());
            else if (outcome == Outcome::Ok)
                Q_EMIT arrivedLate(key, password);
        },
        [handler] { handler(Outcome::Late, {}); });
}

void Keychain::write(const QString &key, const QString &password, Changed handler)
{
    auto *job = new QKeychain::WritePasswordJob(service());
    job->setKey(key);
    job->setTextData(password);
    start(
        job, this, m_deadline,
        [handler](QKeychain::Job *done, bool isLate) {
            if (!isLate && handler)
                handler(outcomeOf(done));
        },
        [handler] {
            if (handler)
                handler(Outcome::Late);
        });
}

void Keychain::remove(const QString &key, Changed handler)
{
    auto *job = new QKeychain::DeletePasswordJob(service());
    job->setKey(key);
    start(
        job, this, m_deadline,
        [handler](QKeychain::Job *done, bool isLate) {
            if (!isLate && handler)
                handler(outcomeOf(done));
        },
        [handler] {
            if (handler)
                handler(Outcome::Late);
        });
}

} // namespace Branchline
