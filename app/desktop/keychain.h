// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <chrono>
#include <functional>
#include <optional>

namespace Branchline {

/// The passwords that people let the system keep: Secret Service or KWallet, through QtKeychain. Passwords
/// are never kept anywhere else. Every question is answered within the deadline, since a locked keychain
/// waits for a person, and a broken one for ever. GUI thread only.
///
/// The answers are not waited for, but QtKeychain itself is not quite free of waiting: the first question
/// looks for what there is on the bus, and KWallet's interface asks for the name of the wallet with a limit
/// of half a second. So the first question of a program may hold up the window for so long, before anybody
/// works.
class Keychain final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Keychain)

public:
    explicit Keychain(std::chrono::milliseconds deadline = std::chrono::seconds(4),
                      QObject *parent = nullptr);

    enum class Outcome {
        Ok,     ///< read, written or removed
        Absent, ///< there is no such password
        Late,   ///< the keychain is locked or does not answer; see arrivedLate()
        Failed  ///< there is no keychain, or it refused
    };
    using Read = std::function<void(Outcome outcome, const QString &password)>;
    using Changed = std::function<void(Outcome outcome)>;

    /// `key` says who and where, such as "anna@library.example.org/books". The handlers are called once, and
    /// not at all when this object goes before.
    void read(const QString &key, Read handler);
    void write(const QString &key, const QString &password, Changed handler);
    void remove(const QString &key, Changed handler = {});

Q_SIGNALS:
    /// A password that read() did not wait for came after all: somebody has unlocked the keychain.
    void arrivedLate(const QString &key, const QString &password);

private:
    const std::chrono::milliseconds m_deadline;
};

} // namespace Branchline
