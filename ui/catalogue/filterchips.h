// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/facets.h"

#include <QAbstractButton>

class QLabel;

namespace Branchline {

/// A filter that is on: tick, "Language: English", cross. A click, Delete or Backspace takes it off.
class ChosenChip final : public QAbstractButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChosenChip)

public:
    explicit ChosenChip(const QString &text, QWidget *parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
};

/// The filters that are on, in one line. What does not fit is counted in a last chip ("+2") that takes all
/// off.
class FilterChips final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FilterChips)

public:
    explicit FilterChips(QWidget *parent = nullptr);

    void setGroups(const std::vector<FacetGroup> &groups);
    int count() const { return static_cast<int>(m_chips.size()); }
    /// Takes the last filter off; false when there is none.
    bool removeLast();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

Q_SIGNALS:
    void removed(FacetGroup::Kind kind, const QString &value);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Chip
    {
        FacetGroup::Kind kind;
        QString value;
        QString text;
        ChosenChip *button;
    };

    void place();

    std::vector<Chip> m_chips;
    QLabel *m_rest;
};

} // namespace Branchline
