// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace Branchline {

class Button;

/// A field to search with: a lens at the start; at the end the key that leads here, or, with text in it, a
/// button that empties it.
class SearchField final : public QLineEdit
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SearchField)

public:
    /// accessibleName says what is searched; keyText is shown only, for instance "Ctrl+K".
    explicit SearchField(const QString &accessibleName, const QString &keyText = {},
                         QWidget *parent = nullptr);

    void setKeyText(const QString &keyText);
    /// Another icon than the lens.
    void setIconName(const QString &icon);
    /// Shows the key also while there is text, in place of the button that empties the field.
    void setKeyAlwaysShown(bool always);
    /// 36 instead of 32 high.
    void setTall(bool tall);

    QSize sizeHint() const override;

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void place();

    QString m_keyText;
    QString m_iconName = QStringLiteral("search");
    Button *m_clear;
    bool m_tall = false;
    bool m_keyAlwaysShown = false;
};

} // namespace Branchline
