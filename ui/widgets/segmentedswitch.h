// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAbstractButton;
class QButtonGroup;
class QHBoxLayout;

namespace Branchline {

/// One choice out of a few, side by side in a frame. Left and right move between them.
class SegmentedSwitch final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SegmentedSwitch)

public:
    explicit SegmentedSwitch(QWidget *parent = nullptr);

    /// The first segment added is the current one. keyText is shown behind the word.
    void addSegment(const QString &text, const QString &keyText = {});
    int currentIndex() const;
    /// Emits currentChanged() when it changes something.
    void setCurrentIndex(int index);
    int count() const;

Q_SIGNALS:
    void currentChanged(int index);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QButtonGroup *m_group;
    QHBoxLayout *m_layout;
};

} // namespace Branchline
