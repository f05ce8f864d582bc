// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace Branchline {

/// A field for a reason at a desk with a scanner: keys that arrive faster than anybody types and end in Enter
/// are a scan, which is taken out of the text again and told. Enter does nothing else.
class ReasonField final : public QLineEdit
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReasonField)

public:
    explicit ReasonField(QWidget *parent = nullptr)
        : QLineEdit(parent)
    {}

Q_SIGNALS:
    void scanned(const QString &text);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QString m_before; ///< the text before the keys that may be a scan
    int m_cursor = 0;
    QString m_burst; ///< those keys
    quint64 m_last = 0;
};

} // namespace Branchline
