// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

#include <QList>

class QAction;
class QHBoxLayout;
class QLabel;
class QTimer;

namespace Branchline {

class IconLabel;

/// A bar that tells what happened and what to do, hidden while there is nothing to tell. Screen readers get
/// each message as an alert. It never takes the focus.
class MessageBar final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MessageBar)

public:
    enum class Kind { Info, Warning, Error, Offline, Unknown };

    explicit MessageBar(QWidget *parent = nullptr);

    /// first is a short sentence, shown semi-bold; rest says what to do and may be empty. Each action becomes
    /// a small button (the bar does not own actions). With autoHide the bar goes after 6 s; use that only
    /// when nothing has to be done. Replaces the message before.
    void showMessage(Kind kind, const QString &first, const QString &rest,
                     const QList<QAction *> &actions = {}, bool autoHide = false);
    /// Hides the bar.
    void clear();

    Kind kind() const { return m_kind; }
    /// What is told now, both parts; empty when nothing is.
    QString message() const;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void announce();

    Kind m_kind = Kind::Info;
    IconLabel *m_icon;
    QLabel *m_words;
    QHBoxLayout *m_buttons;
    QTimer *m_timer;
    QString m_message;
};

} // namespace Branchline
