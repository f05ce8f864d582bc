// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace Branchline {

/// One line of a SectionsPane.
class SectionButton final : public QAbstractButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SectionButton)

public:
    SectionButton(const QString &id, const QString &icon, const QString &name, QWidget *parent);

    [[nodiscard]] QString id() const { return m_id; }
    void setCounts(int count, int wrong);
    void setCurrent(bool current);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void describe();

    QString m_id;
    QString m_icon;
    int m_count = -1;
    int m_wrong = 0;
    bool m_current = false;
};

} // namespace Branchline
