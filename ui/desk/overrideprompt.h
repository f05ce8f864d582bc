// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>

class QCheckBox;
class QKeyEvent;
class QLineEdit;
class QVBoxLayout;

namespace Branchline {

class Button;
class IconLabel;
class ReasonField;
class TextLine;

/// One reason why a copy was not lent, as the prompt shows it.
struct OverrideLine
{
    QString code;
    QString title;       ///< "10 of 10 on loan"
    QString explanation; ///< what overriding it means
    QString rule;        ///< "Rule 12"; empty: none
    QString refusal;     ///< why this person may not override it; empty: may
};

/// What is to be decided.
struct OverrideQuestion
{
    QString id; ///< of the scan: another one empties ticks and reason
    QString heading;
    QString subline;
    QList<OverrideLine> lines;
};

/// Asks in the page whether a refused copy is to be lent all the same: every reason has to be ticked, and why
/// has to be written. The safe answer has the focus; Enter presses nothing, since a scanner ends with it. Tab
/// stays inside. What is typed on ticks and buttons, however slowly, goes to the listening scan box; a scan
/// that gets into the reason is taken out of it again and told. GUI thread only.
class OverridePrompt final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OverridePrompt)

public:
    /// Hands the keys of scans to `scanBox`, which has to outlive it, though that has not the focus.
    explicit OverridePrompt(QLineEdit *scanBox, QWidget *parent = nullptr);

    /// May be called again while it is shown: ticks and reason stay for the same question.
    void setQuestion(const OverrideQuestion &question);
    [[nodiscard]] const OverrideQuestion &question() const { return m_question; }
    /// Why it cannot be overridden as it stands; empty: it can.
    [[nodiscard]] QString whyNot() const;
    [[nodiscard]] Button *overrideButton() const { return m_override; }
    [[nodiscard]] Button *declineButton() const { return m_decline; }
    [[nodiscard]] QWidget *reasonField() const;

Q_SIGNALS:
    /// Every reason was ticked; \a reason is what was written, without blanks around it.
    void overrideRequested(const QStringList &codes, const QString &reason);
    void declined();
    /// A scan that was made into the reason.
    void scanned(const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    bool focusNextPrevChild(bool next) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeReason();
    QWidget *makeButtons();
    QWidget *makeLine(const OverrideLine &line);
    void showWhyNot();
    void submit();
    void listenIn(QWidget *widget);
    [[nodiscard]] bool isForScanBox(const QKeyEvent *event) const;

    QLineEdit *m_scanBox;
    OverrideQuestion m_question;
    QWidget *m_head = nullptr;
    TextLine *m_heading = nullptr;
    TextLine *m_subline = nullptr;
    QVBoxLayout *m_lines = nullptr;
    QList<QCheckBox *> m_ticks;
    QWidget *m_reasonRow = nullptr;
    ReasonField *m_reason = nullptr;
    IconLabel *m_whyNotIcon = nullptr;
    TextLine *m_whyNot = nullptr;
    Button *m_override = nullptr;
    Button *m_decline = nullptr;
};

} // namespace Branchline
