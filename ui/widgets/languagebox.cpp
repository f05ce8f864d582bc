// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/languagebox.h"

#include "models/catalogue/bookmodel.h"

#include <QLocale>

#include <map>

using namespace Qt::StringLiterals;

namespace Branchline {

LanguageBox::LanguageBox(bool mayBeUnknown, QWidget *parent)
    : QComboBox(parent)
{
    static const auto languages = [] {
        std::map<QString, QString> byName;
        for (int i = QLocale::C + 1; i <= QLocale::LastLanguage; ++i) {
            const QString code = QLocale::languageToCode(static_cast<QLocale::Language>(i));
            if (code.size() == 2)
                byName.emplace(languageName(code), code);
        }
        return byName;
    }();
    if (mayBeUnknown)
        addItem(tr("Not known"), QString());
    for (const auto &[name, code] : languages)
        addItem(name, code);
    setMaxVisibleItems(16);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(12);
}

void LanguageBox::setCode(const QString &code)
{
    int index = findData(code);
    if (index < 0) {
        index = findText(languageName(code));
        if (index >= 0)
            setItemData(index, code);
    }
    if (index < 0) {
        addItem(languageName(code), code);
        index = count() - 1;
    }
    setCurrentIndex(index);
}

} // namespace Branchline
