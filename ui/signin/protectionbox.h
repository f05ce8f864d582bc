// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionsecurity.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace Branchline {

/// How the connection to a server is protected: how far TLS is asked for and checked, the root certificate
/// for that, and whether the sign-in must be bound to the connection. What the policy of the computer demands
/// is on and cannot be taken off.
class ProtectionBox final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProtectionBox)

public:
    explicit ProtectionBox(QWidget *parent = nullptr);

    /// First the policy: weaker choices are not offered then, and a line says why.
    void setPolicy(const SecurityPolicy &policy);
    void setSecurity(const ConnectionSecurity &security);
    [[nodiscard]] ConnectionSecurity security() const;

private:
    QComboBox *m_mode;
    QLineEdit *m_root;
    QCheckBox *m_binding;
    QLabel *m_policy;
};

} // namespace Branchline
