// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/patronlistview.h"

#include "ui/widgets/button.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLocale>
#include <QTimer>
#include <QVBoxLayout>

#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int homeColumn = 3;
constexpr int validColumn = 4;
constexpr int narrowBelow = 900;

QString countWords(const PatronListNote &note)
{
    if (note.count == 1 && note.isCountKnown)
        return PatronListView::tr("1 patron");
    const QString count = QLocale().toString(note.count);
    return note.isCountKnown ? PatronListView::tr("%1 patrons").arg(count)
                             : PatronListView::tr("%1 patrons or more").arg(count);
}

} // namespace

PatronListView::PatronListView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_all(new QAction(tr("Show all patrons"), this))
    , m_register(new QAction(tr("Register a patron"), this))
    , m_debounce(new QTimer(this))
    , m_search(new SearchField(tr("Search patrons"), u"Ctrl+F"_s))
    , m_summary(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_refusal(new TextLine(TextRole::Caption, false, TextLine::Tone::Muted))
    , m_registerButton(new Button(u"person-add"_s, tr("Register patron"), u"Ctrl+N"_s))
    , m_pane(new ListPane(tr("Patrons found")))
{
    m_search->setTall(true);
    m_search->setPlaceholderText(tr("Name, card number or e-mail address"));
    m_search->setMaximumWidth(520);
    m_search->installEventFilter(this);
    m_pane->table()->installEventFilter(this);
    m_summary->setElided(false);
    m_registerButton->setKind(Button::Kind::Primary);
    m_debounce->setSingleShot(true);
    m_debounce->setInterval(100ms);
    connect(m_debounce, &QTimer::timeout, this, &PatronListView::submit);
    connect(m_search, &QLineEdit::textChanged, this, [this] {
        m_openFirst = false;
        if (m_isSetting)
            return;
        if (m_search->text().isEmpty())
            submit();
        else
            m_debounce->start();
    });
    connect(m_search, &QLineEdit::returnPressed, this, &PatronListView::openFirst);
    connect(m_registerButton, &QAbstractButton::clicked, this, &PatronListView::registerRequested);
    connect(m_register, &QAction::triggered, this, &PatronListView::registerRequested);
    connect(m_all, &QAction::triggered, this, [this] {
        m_search->clear();
        focusSearch();
    });
    connect(m_pane->table(), &TableView::rowActivated, this,
            [this](const QModelIndex &index) { Q_EMIT rowOpened(index.row()); });

    auto *bar = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(16, 10, 16, 10);
    row->setSpacing(16);
    m_refusal->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    row->addWidget(m_search, 100);
    row->addWidget(m_summary);
    row->addWidget(m_refusal, 60);
    row->addWidget(m_registerButton);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(bar);
    page->addWidget(m_pane, 1);
    setFocusProxy(m_search);
}

void PatronListView::submit()
{
    m_debounce->stop();
    Q_EMIT wordsEdited(m_search->text());
}

// A card that is scanned into the field ends with Enter: its patron opens as soon as the answer is there.
void PatronListView::openFirst()
{
    submit();
    m_openFirst = !words().isEmpty();
}

void PatronListView::setModel(QAbstractItemModel *model)
{
    m_pane->table()->setModel(model);
    m_pane->table()->setColumnsFromModel();
}

void PatronListView::setState(PatronListState state, const PatronListNote &note)
{
    const QString asOf = note.asOf.isEmpty() ? QString() : tr("As of %1.").arg(note.asOf);
    if (state == PatronListState::Loading)
        return m_pane->showLoading();
    m_summary->setText(state == PatronListState::Failed ? QString()
                       : note.asOf.isEmpty()            ? countWords(note)
                                             : tr("%1 · as of %2").arg(countWords(note), note.asOf));
    switch (state) {
    case PatronListState::Loading:
        break;
    case PatronListState::Ready:
    case PatronListState::Stale:
        m_pane->showRows(state == PatronListState::Stale);
        if (!m_pane->table()->currentIndex().isValid())
            m_pane->table()->setCurrentIndex(m_pane->table()->model()->index(0, 0));
        if (std::exchange(m_openFirst, false) && note.isCountKnown && note.count == 1)
            Q_EMIT rowOpened(0);
        break;
    case PatronListState::Empty:
        m_openFirst = false;
        if (note.words.isEmpty())
            m_pane->showWords({u"patrons"_s, tr("No patrons yet"), tr("Register the first patron."), asOf},
                              {m_register});
        else
            m_pane->showWords({u"search"_s, tr("No patron matches “%1”").arg(note.words),
                               tr("Type beginnings of names, or a whole card number or e-mail address."),
                               asOf},
                              {m_all, m_register});
        break;
    case PatronListState::Failed:
        m_pane->showWords(
            {u"offline"_s,
             tr("This list could not be loaded."),
             note.error.isEmpty()
                 ? tr("The main database does not answer. The list is read by itself as soon as "
                      "it does; nothing is lost.")
                 : QStringList{note.error, note.hint}.join(u' ').trimmed(),
             {}},
            {m_retry});
        break;
    }
}

void PatronListView::setWords(const QString &words)
{
    m_isSetting = true;
    m_debounce->stop();
    m_search->setText(words);
    m_isSetting = false;
}

void PatronListView::setRefusal(const QString &why)
{
    m_refusal->setText(why);
    m_registerButton->setEnabled(why.isEmpty());
    m_registerButton->setToolTip(why);
    m_register->setEnabled(why.isEmpty());
    m_register->setToolTip(why);
}

QString PatronListView::words() const
{
    return m_search->text().simplified();
}

void PatronListView::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void PatronListView::focusRows()
{
    if (m_pane->isEmpty())
        focusSearch();
    else
        m_pane->table()->setFocus(Qt::TabFocusReason);
}

bool PatronListView::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (watched == m_search && key == Qt::Key_Down) {
            focusRows();
            return true;
        }
        if (watched == m_pane->table() && key == Qt::Key_Up && m_pane->table()->currentIndex().row() <= 0) {
            m_search->setFocus(Qt::BacktabFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void PatronListView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const bool narrow = width() < narrowBelow;
    m_registerButton->setIconOnly(narrow);
    if (m_pane->table()->model() != nullptr) {
        m_pane->table()->setColumnHidden(homeColumn, narrow);
        m_pane->table()->setColumnHidden(validColumn, narrow);
    }
}

} // namespace Branchline
