// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QWidget>

namespace Branchline {

/// A card above the page, inside the window: a veil covers the rest. It is no window of its own, so nothing
/// grabs the keyboard or waits for it. Escape or a press beside the card closes it and gives the focus back
/// to where it was.
class Overlay : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Overlay)

public:
    /// Covers parent, and follows its size; hidden at first.
    explicit Overlay(QWidget *parent);

    /// Remembers who has the focus, shows the card and gives the focus to firstFocus().
    void open();
    /// Hides the card and gives the focus back.
    void close();

Q_SIGNALS:
    void closed();
    /// Closed, and who had the focus before cannot take it back.
    void focusLost();

protected:
    /// Place of the card in the overlay's coordinates.
    virtual QRect cardRect() const = 0;
    /// Who gets the focus when the card opens.
    virtual QWidget *firstFocus() = 0;
    QWidget *card() const { return m_card; }
    void placeCard();

    bool event(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    bool focusNextPrevChild(bool next) override;

private:
    QWidget *m_card;
    QPointer<QWidget> m_focusBefore;
};

} // namespace Branchline
