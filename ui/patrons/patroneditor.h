// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/patrons/patronsession.h"
#include "ui/editing/editorsheet.h"

namespace Branchline {

class TokenField;

/// The form of a patron: registration, and changes.
class PatronEditor final : public EditorSheet
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronEditor)

public:
    /// Takes the session.
    explicit PatronEditor(PatronSession *session, QWidget *parent = nullptr);

protected:
    void showFacts() override;
    [[nodiscard]] QString subject() const override;
    [[nodiscard]] int countOf(const QString &section) const override;

private:
    void addMembership();
    void addContact();
    void showTypes();

    PatronSession *m_patron;
    TokenField *m_cards = nullptr;
    QComboBox *m_type = nullptr;
};

} // namespace Branchline
