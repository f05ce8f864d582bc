// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace Branchline {

/// One tag of a TokenField. A click on the cross asks for its removal, one elsewhere for its notes.
class Token final : public QAbstractButton
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Token)

public:
    Token(const QString &text, const QString &note, QWidget *parent);

    QSize sizeHint() const override;
    /// The least width in which some of the words can be read.
    [[nodiscard]] QSize minimumSizeHint() const override { return {60, sizeHint().height()}; }

Q_SIGNALS:
    void removeRequested();
    void noteRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;

private:
    [[nodiscard]] QRect cross() const;

    QString m_note;
};

} // namespace Branchline
