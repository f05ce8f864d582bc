// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/history/history.h"
#include "ui/widgets/filterchip.h"
#include "ui/widgets/panel.h"

class QLineEdit;
class QTimer;

namespace Branchline {

class SearchField;

/// What the audit page is narrowed down by: a workstation, when, who, the branch, kinds of records and what
/// was done. Backspace in the empty field takes the last filter off.
class AuditFilterBar final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AuditFilterBar)

public:
    explicit AuditFilterBar(QWidget *parent = nullptr);

    /// Values are logins.
    void setPeople(const QList<FilterChip::Choice> &people);
    /// Values are ids.
    void setBranches(const QList<FilterChip::Choice> &branches);
    /// Without telling of it.
    void setBranch(const QString &id);

    /// Days are those of this computer's time zone.
    [[nodiscard]] HistoryFilter filter() const;
    [[nodiscard]] bool isFiltering() const;
    /// Takes every filter off, and tells so once.
    void clearAll();
    [[nodiscard]] SearchField *field() const { return m_field; }

Q_SIGNALS:
    /// 300 ms after the last key, at once otherwise.
    void changed();
    /// Arrow down in the field.
    void leaveRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    FilterChip *addChip(const QString &name, const QList<FilterChip::Choice> &choices);
    QLineEdit *addDay(const QString &name);
    void showDays();
    void tell();

    SearchField *m_field;
    QWidget *m_line;
    FilterChip *m_when;
    QLineEdit *m_from;
    QLineEdit *m_to;
    FilterChip *m_who;
    FilterChip *m_branch;
    FilterChip *m_kind;
    FilterChip *m_what;
    QList<FilterChip *> m_chips; ///< in the order of the line
    QTimer *m_debounce;
};

} // namespace Branchline
