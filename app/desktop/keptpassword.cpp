// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/keptpassword.h"

#include "app/desktop/windowsettings.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const auto keyKept = u"signin/kept"_s;
const auto keyToForget = u"signin/toForget"_s; ///< in the keychain, or perhaps, and not to be

QString kept()
{
    return windowSettings().value(keyKept).toString();
}

QStringList toForget()
{
    return windowSettings().value(keyToForget).toStringList();
}

} // namespace

KeptPassword::KeptPassword(QObject *parent)
    : QObject(parent)
{
    connect(&m_keychain, &Keychain::arrivedLate, this, &KeptPassword::arrivedLate);
    const QStringList left = toForget();
    for (const QString &key : left)
        remove(key, {});
}

bool KeptPassword::isFor(const QString &key) const
{
    return !key.isEmpty() && kept() == key;
}

void KeptPassword::read(const QString &key, Keychain::Read handler)
{
    m_keychain.read(key, std::move(handler));
}

void KeptPassword::keep(const QString &key, const QString &password)
{
    if (!kept().isEmpty() && kept() != key)
        forget();
    note(key); // until the keychain has said that it has it
    m_keychain.write(key, password, [this, key](Keychain::Outcome outcome) {
        if (outcome == Keychain::Outcome::Ok) {
            windowSettings().setValue(keyKept, key);
            unnote(key);
            return;
        }
        if (isFor(key))
            windowSettings().setValue(keyKept, QString());
        Q_EMIT refused();
        remove(key, {}); // the keychain works in order: what it writes late goes after that
    });
}

void KeptPassword::forget(std::function<void(bool)> then)
{
    const QString key = kept();
    if (key.isEmpty()) {
        if (then)
            then(true);
        return;
    }
    note(key);
    windowSettings().setValue(keyKept, QString());
    remove(key, then);
}

void KeptPassword::remove(const QString &key, const std::function<void(bool)> &then)
{
    m_keychain.remove(key, [this, key, then](Keychain::Outcome outcome) {
        const bool isGone = outcome == Keychain::Outcome::Ok || outcome == Keychain::Outcome::Absent;
        if (isGone)
            unnote(key);
        if (then)
            then(isGone);
    });
}

void KeptPassword::note(const QString &key)
{
    QStringList keys = toForget();
    if (!keys.contains(key))
        windowSettings().setValue(keyToForget, keys << key);
}

void KeptPassword::unnote(const QString &key)
{
    QStringList keys = toForget();
    if (keys.removeAll(key) > 0)
        windowSettings().setValue(keyToForget, keys);
}

} // namespace Branchline
