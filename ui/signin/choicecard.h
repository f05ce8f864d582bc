// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QButtonGroup;
class QRadioButton;
class QVBoxLayout;

namespace Branchline {

class IconLabel;
class TextLabel;

/// One of a few large choices: a radio button, an icon, what it is and what follows from it. A press anywhere
/// on the card chooses it; the arrow keys go from card to card within the group.
class ChoiceCard final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChoiceCard)

public:
    ChoiceCard(QButtonGroup *group, int id, const QString &icon, const QString &title,
               const QString &sentence, QWidget *parent = nullptr);

    [[nodiscard]] QRadioButton *radio() const { return m_radio; }
    [[nodiscard]] bool isChosen() const;
    /// Below the sentence: fields that belong to this choice.
    [[nodiscard]] QVBoxLayout *content() const { return m_content; }

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QRadioButton *m_radio;
    IconLabel *m_icon;
    TextLabel *m_title;
    TextLabel *m_sentence;
    QVBoxLayout *m_content;
    QString m_iconName;
};

} // namespace Branchline
