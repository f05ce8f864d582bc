// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;

namespace Branchline {

class IconLabel;

/// What a list shows instead of rows: an icon, what it means, what can be done about it.
class EmptyState : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EmptyState)

public:
    explicit EmptyState(QWidget *parent = nullptr);

    /// Any part may be empty. Each action becomes a button (actions are not owned) with the icon of its
    /// property "iconName" and its shortcut, or the key of its property "keyText", behind the label; the
    /// first is the primary one only when primaryFirst is set.
    void setContent(const QString &iconName, const QString &title, const QString &sentence,
                    const QList<QAction *> &buttons = {}, const QString &footer = {},
                    bool primaryFirst = false);

    QString title() const;

private:
    IconLabel *m_icon;
    QLabel *m_title;
    QLabel *m_sentence;
    QLabel *m_footer;
    QHBoxLayout *m_buttons;
};

} // namespace Branchline
