// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <functional>

class QKeyEvent;
class QWidget;

namespace Branchline {

/// Finds scans among the keys that nobody's text field takes: a scanner types characters at most 35 ms apart
/// and ends them with Enter. Such an Enter is taken away and the characters are told; everything else goes
/// where it would have gone. Scans into text fields are left to them, and so are those into a widget that has
/// the property `takesScans`.
class ScanCatcher final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanCatcher)

public:
    static constexpr quint64 mostBetweenKeys = 35; ///< milliseconds; nobody types as fast

    /// Watches the keys of the windows `parent` is in. `isWanted` is asked at each key whether scans are
    /// caught now.
    ScanCatcher(std::function<bool()> isWanted, QWidget *parent);

Q_SIGNALS:
    /// What was scanned, never empty.
    void scanned(const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    bool takeKey(const QKeyEvent *event);

    std::function<bool()> m_isWanted;
    QWidget *m_window;
    QString m_text;
    quint64 m_last = 0; ///< time of the last key, in milliseconds
};

} // namespace Branchline
