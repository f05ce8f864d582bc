// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/branch/filterbar.h"

#include "ui/widgets/searchfield.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QTimer>

#include <algorithm>
#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

FilterBar::FilterBar(QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_field(new SearchField(tr("Filter this list"), u"Ctrl+F"_s))
    , m_chipRow(new QHBoxLayout)
    , m_summary(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_debounce(new QTimer(this))
{
    m_field->setPlaceholderText(tr("Filter this list"));
    m_field->setIconName(u"filter"_s);
    m_field->installEventFilter(this);
    m_debounce->setSingleShot(true);
    m_debounce->setInterval(150ms);
    connect(m_debounce, &QTimer::timeout, this, &FilterBar::submit);
    connect(m_field, &QLineEdit::textChanged, this, [this] {
        if (m_isSetting)
            return;
        // The button that empties the field is no key.
        if (m_field->text().isEmpty())
            submit();
        else
            m_debounce->start();
    });
    connect(m_field, &QLineEdit::returnPressed, this, &FilterBar::submit);
    m_chipRow->setSpacing(8);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 5, 16, 6);
    row->setSpacing(8);
    row->addWidget(m_field);
    row->addLayout(m_chipRow);
    row->addStretch(1);
    row->addWidget(m_summary);
    m_summary->setElided(false);
    setNarrow(false);
}

void FilterBar::submit()
{
    m_debounce->stop();
    Q_EMIT wordsEdited(m_field->text());
}

void FilterBar::setNarrow(bool narrow)
{
    m_field->setFixedWidth(narrow ? 200 : 260);
}

void FilterBar::setFields(const QList<FilterField> &fields)
{
    QHash<QString, QStringList> kept;
    for (const auto &[key, chip] : std::as_const(m_chips)) {
        kept.insert(key, chip->values());
        chip->hide();
        chip->deleteLater();
    }
    m_chips.clear();
    for (const FilterField &field : fields) {
        if (field.choices.isEmpty())
            continue;
        auto *chip = new FilterChip(field.name, field.single, this);
        chip->setChoices(field.choices);
        chip->setValues(kept.value(field.key));
        connect(chip, &FilterChip::changed, this,
                [this, key = field.key](const QStringList &values) { Q_EMIT valuesChosen(key, values); });
        m_chipRow->addWidget(chip);
        m_chips.emplaceBack(field.key, chip);
    }
}

void FilterBar::setWords(const QString &words)
{
    m_isSetting = true;
    m_debounce->stop();
    if (m_field->text() != words)
        m_field->setText(words);
    m_isSetting = false;
}

void FilterBar::setValues(const QString &field, const QStringList &values)
{
    for (const auto &[key, chip] : std::as_const(m_chips)) {
        if (key == field)
            chip->setValues(values);
    }
}

QString FilterBar::words() const
{
    return m_field->text().trimmed();
}

bool FilterBar::isFiltering() const
{
    return !words().isEmpty() ||
           std::any_of(m_chips.begin(), m_chips.end(), [](const auto &chip) { return chip.second->isOn(); });
}

void FilterBar::clearAll()
{
    for (const auto &[key, chip] : std::as_const(m_chips))
        chip->clear();
    if (!m_field->text().isEmpty())
        m_field->clear();
}

void FilterBar::setSummary(const QString &summary, bool stale)
{
    m_summary->setText(summary);
    m_summary->setStatus(Status::Offline);
    m_summary->setTone(stale ? TextLine::Tone::Status : TextLine::Tone::Muted);
}

bool FilterBar::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Down) {
            Q_EMIT leaveRequested();
            return true;
        }
        if (key == Qt::Key_Backspace && m_field->text().isEmpty()) {
            const auto last = std::find_if(m_chips.rbegin(), m_chips.rend(),
                                           [](const auto &chip) { return chip.second->isOn(); });
            if (last != m_chips.rend())
                last->second->clear();
            return true;
        }
    }
    return Panel::eventFilter(watched, event);
}

} // namespace Branchline
