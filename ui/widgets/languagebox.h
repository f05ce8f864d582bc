// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace Branchline {

/// A list of languages by name, with "Not known" first. Its data are ISO 639 codes.
class LanguageBox final : public QComboBox
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LanguageBox)

public:
    /// Without "Not known" where a language is needed.
    explicit LanguageBox(bool mayBeUnknown = true, QWidget *parent = nullptr);

    /// The entry of the language gets this very code ("eng" or "en"); an unknown code becomes an entry.
    void setCode(const QString &code);
    [[nodiscard]] QString code() const { return currentData().toString(); }
};

} // namespace Branchline
