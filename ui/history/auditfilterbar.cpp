// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/history/auditfilterbar.h"

#include "models/editing/datetext.h"
#include "ui/widgets/flowlayout.h"
#include "ui/widgets/searchfield.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QTimer>

#include <algorithm>
#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Tables as people speak of them.
struct Kind
{
    const char *name;
    QStringList tables;
};

const QList<Kind> &kinds()
{
    static const QList<Kind> all{{QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Books"),
                                  {u"books"_s, u"authors"_s, u"book_data"_s, u"book_records"_s,
                                   u"book_categories"_s, u"author_book"_s, u"category_book"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Copies"),
                                  {u"physical_exemplars"_s, u"exemplar_barcodes"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Loans"),
                                  {u"book_lending"_s, u"op_result"_s, u"charges"_s, u"payments"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Patrons"),
                                  {u"users"_s, u"user_cards"_s, u"user_blocks"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Staff and rights"),
                                  {u"staff"_s, u"staff_assignments"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Branches and rules"),
                                  {u"branches"_s, u"branch_settings"_s, u"branch_calendar"_s, u"loan_rules"_s,
                                   u"user_types"_s, u"material_types"_s}},
                                 {QT_TRANSLATE_NOOP("Branchline::AuditFilterBar", "Servers"),
                                  {u"shards"_s, u"branch_placement"_s, u"branch_moves"_s, u"jobs"_s}}};
    return all;
}

QList<FilterChip::Choice> kindChoices()
{
    QList<FilterChip::Choice> choices;
    for (const Kind &kind : kinds())
        choices.append({kind.tables.join(u','), AuditFilterBar::tr(kind.name)});
    return choices;
}

constexpr auto between = "between"_L1;

} // namespace

AuditFilterBar::AuditFilterBar(QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_field(new SearchField(tr("Workstation"), u"Ctrl+F"_s))
    , m_line(new QWidget)
    , m_debounce(new QTimer(this))
{
    m_field->setPlaceholderText(tr("Workstation"));
    m_field->setIconName(u"computer"_s);
    m_field->setFixedWidth(208);
    m_field->installEventFilter(this);
    m_debounce->setSingleShot(true);
    m_debounce->setInterval(300ms);
    connect(m_debounce, &QTimer::timeout, this, &AuditFilterBar::tell);
    connect(m_field, &QLineEdit::textChanged, m_debounce, qOverload<>(&QTimer::start));
    connect(m_field, &QLineEdit::returnPressed, this, &AuditFilterBar::tell);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 5, 16, 6);
    row->setSpacing(8);
    row->addWidget(m_field, 0, Qt::AlignTop);
    row->addWidget(m_line, 1);
    m_line->setLayout(new FlowLayout);
    m_when = addChip(tr("When"), {{u"0"_s, tr("Today")},
                                  {u"1"_s, tr("Since yesterday")},
                                  {u"6"_s, tr("Last 7 days")},
                                  {u"29"_s, tr("Last 30 days")},
                                  {between, tr("Between two days")}});
    m_from = addDay(tr("From"));
    m_to = addDay(tr("To"));
    m_who = addChip(tr("Who"), {});
    m_branch = addChip(tr("Branch"), {});
    m_kind = addChip(tr("Record"), kindChoices());
    m_what = addChip(tr("What"), {{u"insert"_s, tr("Added")},
                                  {u"update,delete"_s, tr("Changed or removed")},
                                  {u"import"_s, tr("Imported")},
                                  {u"refused"_s, tr("Refused at a desk")},
                                  {u"read"_s, tr("Read of another branch")}});
    showDays();
}

FilterChip *AuditFilterBar::addChip(const QString &name, const QList<FilterChip::Choice> &choices)
{
    auto *chip = new FilterChip(name, true);
    chip->setChoices(choices);
    chip->setVisible(!choices.isEmpty());
    m_line->layout()->addWidget(chip);
    m_chips << chip;
    connect(chip, &FilterChip::changed, this, [this, chip] {
        if (chip == m_when) {
            showDays();
            if (m_when->values().value(0) == between)
                m_from->setFocus(Qt::OtherFocusReason);
        }
        tell();
    });
    return chip;
}

QLineEdit *AuditFilterBar::addDay(const QString &name)
{
    auto *field = new QLineEdit;
    field->setPlaceholderText(name);
    field->setAccessibleName(name);
    field->setToolTip(tr("A day such as %1.").arg(dateText(QDate::currentDate())));
    field->setMaxLength(10);
    field->setFixedWidth(field->fontMetrics().horizontalAdvance(u"00/00/00000"_s) + 24);
    m_line->layout()->addWidget(field);
    connect(field, &QLineEdit::textChanged, this, [this, field] {
        // What is no day yet filters nothing.
        if (field->text().isEmpty() || dateIn(field->text()).isValid())
            m_debounce->start();
    });
    return field;
}

void AuditFilterBar::showDays()
{
    const bool isShown = m_when->values().value(0) == between;
    m_from->setVisible(isShown);
    m_to->setVisible(isShown);
    updateGeometry();
}

void AuditFilterBar::tell()
{
    m_debounce->stop();
    Q_EMIT changed();
}

void AuditFilterBar::setPeople(const QList<FilterChip::Choice> &people)
{
    m_who->setChoices(people);
    m_who->setVisible(!people.isEmpty());
}

void AuditFilterBar::setBranches(const QList<FilterChip::Choice> &branches)
{
    m_branch->setChoices(branches);
    m_branch->setVisible(!branches.isEmpty());
}

void AuditFilterBar::setBranch(const QString &id)
{
    m_branch->setValues({id});
}

HistoryFilter AuditFilterBar::filter() const
{
    HistoryFilter filter{.from = {},
                         .to = {},
                         .actor = m_who->values().value(0),
                         .desk = m_field->text().trimmed(),
                         .tables = m_kind->values().value(0).split(u',', Qt::SkipEmptyParts),
                         .operations = m_what->values().value(0).split(u',', Qt::SkipEmptyParts),
                         .branch = QUuid(m_branch->values().value(0))};
    const QString when = m_when->values().value(0);
    if (when == between) {
        if (const QDate from = dateIn(m_from->text()); from.isValid())
            filter.from = from.startOfDay();
        if (const QDate to = dateIn(m_to->text()); to.isValid())
            filter.to = to.addDays(1).startOfDay();
    } else if (!when.isEmpty()) {
        filter.from = QDate::currentDate().addDays(-when.toInt()).startOfDay();
    }
    return filter;
}

bool AuditFilterBar::isFiltering() const
{
    return filter() != HistoryFilter();
}

void AuditFilterBar::clearAll()
{
    m_field->clear();
    m_from->clear();
    m_to->clear();
    for (FilterChip *chip : std::as_const(m_chips))
        chip->setValues({});
    showDays();
    tell();
}

bool AuditFilterBar::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Down) {
            Q_EMIT leaveRequested();
            return true;
        }
        if (key == Qt::Key_Backspace && m_field->text().isEmpty()) {
            const auto last = std::find_if(m_chips.rbegin(), m_chips.rend(),
                                           [](const FilterChip *chip) { return chip->isOn(); });
            if (last != m_chips.rend())
                (*last)->clear();
            return true;
        }
    }
    return Panel::eventFilter(watched, event);
}

} // namespace Branchline
