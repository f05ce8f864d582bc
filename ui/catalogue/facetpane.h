// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/facets.h"
#include "ui/widgets/panel.h"

#include <QAbstractButton>
#include <QSet>

class QVBoxLayout;

namespace Branchline {

class TextLine;

/// One value with its check box and, at the end, how many titles it would leave.
class FacetButton final : public QAbstractButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FacetButton)

public:
    explicit FacetButton(QWidget *parent = nullptr);
    void setOption(const FacetOption &option);
    const FacetOption &option() const { return m_option; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    FacetOption m_option;
};

/// What the list can be narrowed to: five values of each kind, then "more". Values that are chosen are always
/// shown. Buttons are used again when counts change, so that the one with the keyboard keeps it.
class FacetPane final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FacetPane)

public:
    explicit FacetPane(QWidget *parent = nullptr);

    void setGroups(const std::vector<FacetGroup> &groups);

Q_SIGNALS:
    void toggled(FacetGroup::Kind kind, const QString &value, bool on);

private:
    struct Section
    {
        QWidget *box = nullptr;
        TextLine *title = nullptr;
        QVBoxLayout *rows = nullptr;
        std::vector<FacetButton *> buttons;
        QAbstractButton *more = nullptr;
    };

    Section makeSection(FacetGroup::Kind kind);
    void showSection(Section &section, const FacetGroup &group);

    std::vector<FacetGroup> m_groups;
    std::map<FacetGroup::Kind, Section> m_sections;
    QSet<int> m_opened; ///< kinds shown with all their values
    QVBoxLayout *m_column;
};

} // namespace Branchline
