// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/branch/branchtab.h"
#include "ui/widgets/panel.h"

class QHBoxLayout;
class QTimer;

namespace Branchline {

class SearchField;
class TextLine;

/// The bar above a list: words to filter by, chips, and how many rows are left. Backspace in the empty field
/// takes the last filter off.
class FilterBar final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FilterBar)

public:
    explicit FilterBar(QWidget *parent = nullptr);

    /// The filters of a list. Those of the same key keep what is on. Emits nothing.
    void setFields(const QList<FilterField> &fields);
    /// Emits nothing.
    void setWords(const QString &words);
    void setValues(const QString &field, const QStringList &values);
    QString words() const;
    /// Whether words or a chip narrow the list down.
    bool isFiltering() const;
    /// Takes words and filters off, and tells so.
    void clearAll();
    void setSummary(const QString &summary, bool stale);
    /// Hides the summary's second half and narrows the field in windows with little room.
    void setNarrow(bool narrow);
    SearchField *field() const { return m_field; }

Q_SIGNALS:
    /// 150 ms after the last key, at once on Enter.
    void wordsEdited(const QString &words);
    void valuesChosen(const QString &field, const QStringList &values);
    /// Arrow down in the field.
    void leaveRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void submit();

    SearchField *m_field;
    QHBoxLayout *m_chipRow;
    TextLine *m_summary;
    QTimer *m_debounce;
    bool m_isSetting = false; ///< the words are set, not typed
    QList<std::pair<QString, FilterChip *>> m_chips;
};

} // namespace Branchline
