// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QStringList>

class QMenu;

namespace Branchline {

/// A filter of a list: an outline while it is off; on, a tick, its value and a cross. A click or Space opens
/// its choices; the cross, Delete or Backspace takes the filter off.
class FilterChip final : public QAbstractButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FilterChip)

public:
    struct Choice
    {
        QString value; ///< told by the signal
        QString text;
    };

    /// \a name such as "User type". With \a single only one choice counts at a time.
    explicit FilterChip(const QString &name, bool single = false, QWidget *parent = nullptr);

    void setChoices(const QList<Choice> &choices);
    /// Without emitting changed(). Values that are not among the choices are left out.
    void setValues(const QStringList &values);
    QStringList values() const { return m_values; }
    bool isOn() const { return !m_values.isEmpty(); }
    /// Takes the filter off.
    void clear();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    /// A person chose; empty: the filter is off.
    void changed(const QStringList &values);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRect crossRect() const;
    void openMenu();
    void choose(const QString &value, bool on);
    void showText();

    QString m_name;
    bool m_single;
    QList<Choice> m_choices;
    QStringList m_values;
    QMenu *m_menu;
};

} // namespace Branchline
