// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QWidget>

class QGridLayout;
class QHBoxLayout;
class QLabel;

namespace Branchline {

class Button;
class IconLabel;
class TextLabel;

/// A line of a form: labels end-aligned in a column of 96, one or several fields, and below them what is
/// wrong with a field, with a button that puts the right value in. Fields get the accessible name of their
/// label and, as description, the sentence about a mistake.
class FieldRow final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FieldRow)

public:
    /// The row takes the field. `stretch` 0 keeps the field at its own width.
    FieldRow(const QString &label, QWidget *field, int stretch = 1, QWidget *parent = nullptr);

    /// For a field that stands above by itself: only what is wrong with it, hidden while all is well.
    explicit FieldRow(QWidget *outside, QWidget *parent = nullptr);

    /// Another field in the same row, with a label of its own.
    void addField(const QString &label, QWidget *field, int stretch = 0);
    /// A widget without a label behind the fields, such as a button.
    void addExtra(QWidget *widget);
    /// Muted words at the end, such as the other form of an ISBN.
    void setRemark(const QString &text);
    /// What is wrong with a field; an empty sentence takes it back. With fixText a button offers the fix.
    void setProblem(QWidget *field, const QString &sentence, const QString &fixText = {});
    /// What is said about a field now, for tests and screen readers; empty when all is well.
    [[nodiscard]] QString problem(const QWidget *field) const;

    /// Width of the label column.
    static int labelWidth();

Q_SIGNALS:
    /// The button of the fix was pressed, or Alt+U.
    void fixRequested(QWidget *field);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Field
    {
        QWidget *widget;
        QString sentence;
        QString fixText;
    };

    void makeParts();
    void showProblems();
    void fitRemark();
    static void mark(QWidget *field, const QString &sentence);

    QGridLayout *m_grid;
    QHBoxLayout *m_fieldsRow;
    QList<Field> m_fields;
    Button *m_fix;
    TextLabel *m_remark;
    QString m_remarkText;
    QWidget *m_problem;
    QLabel *m_sentence;
    QWidget *m_fixTarget = nullptr;
    bool m_isOutside = false;
};

} // namespace Branchline
