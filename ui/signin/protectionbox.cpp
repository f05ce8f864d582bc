// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/protectionbox.h"

#include "ui/widgets/textlabel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLineEdit>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

ProtectionBox::ProtectionBox(QWidget *parent)
    : QWidget(parent)
    , m_mode(new QComboBox(this))
    , m_root(new QLineEdit(this))
    , m_binding(new QCheckBox(tr("Bind the sign-in to this very connection"), this))
    , m_policy(nullptr)
{
    auto *policy = new TextLabel(TextRole::Caption, false, true, this);
    policy->setWordWrap(true);
    policy->hide();
    m_policy = policy;
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(8);
    const auto addRow = [&](int row, const QString &label, QWidget *field) {
        auto *words = new TextLabel(TextRole::Body, false, true, this);
        words->setText(label);
        words->setBuddy(field);
        field->setAccessibleName(label);
        grid->addWidget(words, row, 0);
        grid->addWidget(field, row, 1);
    };
    addRow(0, tr("Encryption"), m_mode);
    addRow(1, tr("Root certificate"), m_root);
    m_root->setPlaceholderText(tr("The usual place"));
    m_root->setToolTip(tr("The file with the certificate that your library's server certificate is signed "
                          "by. Your administrator has it."));
    grid->addWidget(m_binding, 2, 1);
    grid->addWidget(policy, 3, 1);
    grid->setColumnStretch(1, 1);
    setPolicy({});
    setSecurity({.sslMode = u"verify-full"_s, .channelBinding = {}, .rootCertificate = {}});
}

void ProtectionBox::setPolicy(const SecurityPolicy &policy)
{
    const ConnectionSecurity now = m_mode->count() > 0 ? security() : ConnectionSecurity();
    const QList<std::pair<QString, QString>> modes{
        {u"verify-full"_s, tr("Required, and the server is verified (recommended)")},
        {u"verify-ca"_s, tr("Required, and only who signed the certificate is verified")},
        {u"require"_s, tr("Required, and nothing is verified")},
        {u"prefer"_s, tr("If the server offers it, and nothing is verified")},
        {u"disable"_s, tr("None: everybody on the way can read and change everything")}};
    const QStringList scale = ConnectionSecurity::sslModes();
    const auto least = scale.indexOf(policy.leastSslMode());
    m_mode->clear();
    for (const auto &[mode, words] : modes) {
        if (scale.indexOf(mode) >= least)
            m_mode->addItem(words, mode);
    }
    m_mode->setEnabled(m_mode->count() > 1);
    const bool mustBind = policy.required.channelBinding == "require"_L1;
    m_binding->setEnabled(!mustBind);
    m_root->setEnabled(policy.required.rootCertificate.isEmpty());
    setSecurity(now);
    if (mustBind)
        m_binding->setChecked(true);
    if (!m_root->isEnabled())
        m_root->setText(policy.required.rootCertificate);
    m_policy->setText(
        tr("The administrator of this computer has laid down the least protection in %1.").arg(policy.file));
    m_policy->setVisible(least >= 0 || mustBind || !m_root->isEnabled());
}

void ProtectionBox::setSecurity(const ConnectionSecurity &security)
{
    const int index = m_mode->findData(security.sslMode);
    m_mode->setCurrentIndex(std::max(index, 0));
    if (m_binding->isEnabled())
        m_binding->setChecked(security.channelBinding == "require"_L1);
    if (m_root->isEnabled())
        m_root->setText(security.rootCertificate);
}

ConnectionSecurity ProtectionBox::security() const
{
    return {.sslMode = m_mode->currentData().toString(),
            .channelBinding = m_binding->isChecked() ? u"require"_s : QString(),
            .rootCertificate = m_root->text().trimmed()};
}

} // namespace Branchline
