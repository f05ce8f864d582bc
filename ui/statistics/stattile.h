// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QFrame>

namespace Branchline {

/// One figure: what it is, how much, and a line about it. Screen readers get all of it as one sentence.
class StatTile final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatTile)

public:
    explicit StatTile(const QString &label, QWidget *parent = nullptr);

    /// An empty value shows a dash. A status gives the value its colour and an icon.
    void setValue(const QString &value, Status status = Status::None);
    /// `emphasis` is written first, in text colour.
    void setLine(const QString &emphasis, const QString &rest);
    /// Muted figures are older ones.
    void setStale(bool stale);

    QString value() const { return m_value; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {96, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void tell();

    const QString m_label;
    QString m_value;
    QString m_emphasis;
    QString m_rest;
    Status m_status = Status::None;
    bool m_stale = false;
};

} // namespace Branchline
