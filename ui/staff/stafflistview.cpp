// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/stafflistview.h"

#include "ui/staff/staffdelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QKeyEvent>
#include <QListView>
#include <QLocale>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString countWords(const StaffListNote &note)
{
    const QLocale locale;
    const QString total = note.total == 1
                              ? StaffListView::tr("1 member of staff")
                              : StaffListView::tr("%1 members of staff").arg(locale.toString(note.total));
    return note.count == note.total ? total
                                    : StaffListView::tr("%1 of %2").arg(locale.toString(note.count), total);
}

} // namespace

StaffListView::StaffListView(QWidget *parent)
    : Panel(Ground::Surface, EndEdge, parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_add(new QAction(tr("Add a member of staff"), this))
    , m_all(new QAction(tr("Show everybody"), this))
    , m_search(new SearchField(tr("Find somebody of the staff"), u"Ctrl+F"_s))
    , m_summary(new TextLine(TextRole::Caption, false, TextLine::Tone::Muted))
    , m_rows(new QListView)
    , m_delegate(new StaffDelegate(this))
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
{
    m_add->setProperty("iconName", u"person-add"_s);
    m_search->setPlaceholderText(tr("Name or login"));
    m_search->installEventFilter(this);
    m_rows->setAccessibleName(tr("Staff"));
    m_rows->setItemDelegate(m_delegate);
    m_rows->setFrameShape(QFrame::NoFrame);
    m_rows->setUniformItemSizes(true);
    m_rows->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_rows->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_rows->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_rows->setMouseTracking(true);
    m_rows->viewport()->setAttribute(Qt::WA_Hover);
    m_rows->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &StaffListView::wordsEdited);
    connect(m_search, &QLineEdit::returnPressed, this, &StaffListView::focusRows);
    connect(m_all, &QAction::triggered, this, &StaffListView::clearWords);
    connect(m_rows, &QListView::doubleClicked, this,
            [this](const QModelIndex &index) { Q_EMIT rowOpened(index.row()); });

    auto *bar = new Panel(Ground::Surface, BottomEdge);
    auto *column = new QVBoxLayout(bar);
    column->setContentsMargins(16, 10, 16, 7);
    column->setSpacing(6);
    column->addWidget(m_search);
    column->addWidget(m_summary);
    m_stack->addWidget(m_rows);
    m_stack->addWidget(m_empty);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 1, 0);
    page->setSpacing(0);
    page->addWidget(bar);
    page->addWidget(m_stack, 1);
    setFocusProxy(m_search);
}

void StaffListView::setModel(QAbstractItemModel *model)
{
    m_rows->setModel(model);
    connect(m_rows->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &current) {
                if (!m_isSelecting && current.isValid())
                    Q_EMIT rowSelected(current.row());
            });
}

void StaffListView::setState(StaffListState state, const StaffListNote &note)
{
    m_summary->setText(note.total == 0       ? QString()
                       : note.asOf.isEmpty() ? countWords(note)
                                             : tr("%1 · as of %2").arg(countWords(note), note.asOf));
    m_delegate->setStale(state == StaffListState::Stale);
    m_rows->viewport()->update();
    m_search->setEnabled(state != StaffListState::NotAllowed);
    if (note.count > 0 && state != StaffListState::NotAllowed)
        return m_stack->setCurrentWidget(m_rows);
    switch (state) {
    case StaffListState::Loading:
        m_empty->setContent({}, tr("The staff is being read …"), {});
        break;
    case StaffListState::Failed:
        m_empty->setContent(u"offline"_s, tr("The staff could not be read."),
                            note.error.isEmpty() ? tr("The main database does not answer. The list is read "
                                                      "by itself as soon as it does.")
                                                 : QStringList{note.error, note.hint}.join(u' ').trimmed(),
                            {m_retry});
        break;
    case StaffListState::NotAllowed:
        m_empty->setContent(u"lock"_s, tr("Not for this login"), {});
        break;
    case StaffListState::Ready:
    case StaffListState::Stale:
        if (note.words.isEmpty())
            m_empty->setContent(u"patrons"_s, tr("No staff yet"),
                                tr("Add the first member of staff: then desks can sign in."), {m_add});
        else
            m_empty->setContent(u"search"_s, tr("Nobody matches “%1”").arg(note.words),
                                tr("Type a part of the name or of the login."), {m_all});
        break;
    }
    m_stack->setCurrentWidget(m_empty);
}

QString StaffListView::words() const
{
    return m_search->text().simplified();
}

void StaffListView::clearWords()
{
    m_search->clear();
    focusSearch();
}

void StaffListView::select(int row)
{
    m_isSelecting = true;
    if (row < 0 || m_rows->model() == nullptr)
        m_rows->setCurrentIndex({});
    else if (m_rows->currentIndex().row() != row)
        m_rows->setCurrentIndex(m_rows->model()->index(row, 0));
    m_isSelecting = false;
}

void StaffListView::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void StaffListView::focusRows()
{
    if (m_stack->currentWidget() != m_rows || m_rows->model()->rowCount() == 0)
        return focusSearch();
    if (!m_rows->currentIndex().isValid())
        m_rows->setCurrentIndex(m_rows->model()->index(0, 0));
    m_rows->setFocus(Qt::TabFocusReason);
}

QString StaffListView::emptyTitle() const
{
    return m_stack->currentWidget() == m_empty ? m_empty->title() : QString();
}

bool StaffListView::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (watched == m_search && key == Qt::Key_Down) {
            focusRows();
            return true;
        }
        if (watched == m_rows && key == Qt::Key_Up && m_rows->currentIndex().row() <= 0) {
            m_search->setFocus(Qt::BacktabFocusReason);
            return true;
        }
        if (watched == m_rows && (key == Qt::Key_Return || key == Qt::Key_Enter)) {
            if (m_rows->currentIndex().isValid())
                Q_EMIT rowOpened(m_rows->currentIndex().row());
            return true;
        }
    }
    return Panel::eventFilter(watched, event);
}

} // namespace Branchline
