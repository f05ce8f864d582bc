// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/keychain.h"

namespace Branchline {

/// The password that a person lets the keychain keep for the next start: at most one on this desk.
/// window.conf notes whose it is, and which ones the keychain is still to forget, so that none is left behind
/// when a keychain is locked or the program ends in between. GUI thread only.
class KeptPassword final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(KeptPassword)

public:
    /// Asks the keychain once more to forget what it did not last time.
    explicit KeptPassword(QObject *parent = nullptr);

    /// Whether the keychain keeps the password of this key, see Keychain::read().
    [[nodiscard]] bool isFor(const QString &key) const;
    void read(const QString &key, Keychain::Read handler);
    /// Keeps this one and forgets any other; refused() when that fails, and then nothing is kept.
    void keep(const QString &key, const QString &password);
    /// Nothing is read any more from now on. `then` is called once, within the keychain's deadline: whether
    /// the keychain has let go of it; if not it is asked again at each start.
    void forget(std::function<void(bool isGone)> then = {});

Q_SIGNALS:
    /// A password that read() did not wait for came after all.
    void arrivedLate(const QString &key, const QString &password);
    /// The keychain does not keep what it was to keep.
    void refused();

private:
    void remove(const QString &key, const std::function<void(bool)> &then);
    void note(const QString &key);
    void unnote(const QString &key);

    Keychain m_keychain;
};

} // namespace Branchline
