// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/editing/editsession.h"
#include "ui/widgets/panel.h"

class QGridLayout;
class QRadioButton;

namespace Branchline {

class Button;
class TextLabel;

/// Two versions of a record side by side: field, yours, theirs, and a choice for each field that differs.
class CompareView final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CompareView)

public:
    explicit CompareView(QWidget *parent = nullptr);

    /// person and time of the other version, as shown. What only they changed is theirs at first, what I
    /// changed is mine; fields that both changed are marked.
    void setDifferences(const QList<Difference> &differences, const QString &person, const QString &time);
    /// The fields chosen from their version.
    [[nodiscard]] QStringList theirs() const;

Q_SIGNALS:
    void mergeRequested(const QStringList &theirs);
    void backRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QRadioButton *addChoice(int row, int column, const QString &text, const QString &name);

    TextLabel *m_title;
    QWidget *m_table = nullptr;
    QGridLayout *m_grid = nullptr;
    QList<std::pair<QString, QRadioButton *>> m_choices; ///< field, and the button of their version
    Button *m_merge;
};

} // namespace Branchline
