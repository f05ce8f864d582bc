// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace Branchline {

/// A button with an optional icon and the key that presses it, shown muted behind the label. The key is only
/// shown here; what makes it work is a QAction or QShortcut, or setShortcut(). A button without text is
/// square and needs an accessible name and a tool tip.
class Button final : public QPushButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Button)

public:
    enum class Kind { Normal, Primary, Flat, Danger };

    /// icon is a name for icon() or empty; keyText is shown as it is, for instance "Ctrl+Enter".
    explicit Button(const QString &icon, const QString &text, const QString &keyText = {},
                    QWidget *parent = nullptr);

    void setKind(Kind kind);
    Kind kind() const { return m_kind; }
    /// 26 instead of 32 high.
    void setSmall(bool small);
    void setKeyText(const QString &keyText);
    QString keyText() const { return m_keyText; }
    void setIconName(const QString &icon);
    /// Icon size in logical pixels; 18 unless set.
    void setIconExtent(int extent);
    /// Hides or shows the label; without it the button is square and the label its accessible name.
    void setIconOnly(bool iconOnly);
    /// Semi-bold label.
    void setStrong(bool strong);
    /// Caption size in the muted colour, for the status bar.
    void setQuiet(bool quiet);
    /// A small arrow at the end says that a list opens.
    void setMenuArrow(bool arrow);
    /// Writes label, tool tip, enabled state and visibility of action and presses it when clicked.
    void followAction(QAction *action);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int contentWidth() const;
    QColor textColor() const;
    QFont labelFont() const;

    QString m_iconName;
    QString m_keyText;
    Kind m_kind = Kind::Normal;
    int m_iconExtent = 18;
    bool m_small = false;
    bool m_iconOnly = false;
    bool m_strong = false;
    bool m_quiet = false;
    bool m_menuArrow = false;
};

} // namespace Branchline
