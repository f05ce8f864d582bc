// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPainter;

namespace Branchline {

/// A light of 10 px for a database; the states differ in shape first, colour second.
class StatusLight final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatusLight)

public:
    enum class State { Ok, Slow, Down, Idle, Moving };
    Q_ENUM(State)

    explicit StatusLight(QWidget *parent = nullptr);

    /// The state in words becomes the accessible description; set the accessible name to what it is a light
    /// of.
    void setState(State state);
    State state() const { return m_state; }

    QSize sizeHint() const override { return {10, 10}; }
    QSize minimumSizeHint() const override { return sizeHint(); }

    /// "answers", "answers slowly", "does not answer", "not asked", "is being moved".
    static QString words(State state);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    State m_state = State::Idle;
};

/// Paints a light into a square of 10 px around the middle of rect.
void paintLight(QPainter *painter, const QRectF &rect, StatusLight::State state);

} // namespace Branchline
