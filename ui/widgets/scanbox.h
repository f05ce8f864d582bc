// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace Branchline {

/// The field that takes scans. On Enter it empties before anything else happens, so that the next scan never
/// mixes with the last one; what was in it, without white space at the ends, is then emitted. An empty Enter
/// emits nothing. While it is empty Ctrl+Z is left to the page. Text is left-to-right in every language.
class ScanBox final : public QLineEdit
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanBox)

public:
    explicit ScanBox(QWidget *parent = nullptr);

    /// The words shown while it is empty; also told to screen readers.
    void setPlaceholder(const QString &text);
    /// Shows that scans wait for a database: another icon and other words. It goes on taking scans.
    void setOffline(bool offline);
    bool isOffline() const { return m_offline; }
    /// 44 instead of 52 high, for small windows.
    void setCompact(bool compact);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void scanned(const QString &text);

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void place();
    void showPlaceholder();

    QString m_placeholder;
    bool m_offline = false;
    bool m_compact = false;
};

} // namespace Branchline
