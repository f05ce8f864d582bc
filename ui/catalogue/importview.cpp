// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/importview.h"

#include "ui/catalogue/importpreviewpane.h"
#include "ui/catalogue/importresultpane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QUrl>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

/// The place where a file can be dropped: a dashed line around what it holds.
class DropFrame final : public QWidget
{
public:
    explicit DropFrame(QWidget *content)
    {
        auto *box = new QVBoxLayout(this);
        box->setContentsMargins(24, 24, 24, 24);
        box->addWidget(content);
    }
    void setWelcome(bool welcome)
    {
        m_isWelcome = welcome;
        update();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const ThemeColors &theme = colors();
        painter.setPen(QPen(m_isWelcome ? theme.accent : theme.control, m_isWelcome ? 2 : 1, Qt::DashLine));
        if (m_isWelcome)
            painter.setBrush(theme.accentSoft);
        painter.drawRoundedRect(QRectF(rect()).adjusted(16.5, 16.5, -16.5, -16.5), 8, 8);
    }

private:
    bool m_isWelcome = false;
};

} // namespace

QString draggedFile(const QMimeData *data)
{
    const QList<QUrl> urls = data->urls();
    return urls.size() == 1 && urls.constFirst().isLocalFile() ? urls.constFirst().toLocalFile() : QString();
}

ImportView::ImportView(QWidget *parent)
    : QWidget(parent)
    , m_choose(new QAction(tr("Choose a file …"), this))
    , m_messages(new MessageBar)
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState)
    , m_preview(new ImportPreviewPane)
    , m_result(new ImportResultPane)
{
    setAccessibleName(tr("Import books"));
    setAcceptDrops(true);
    connect(m_choose, &QAction::triggered, this, &ImportView::chooseRequested);
    m_drop = new DropFrame(m_empty);
    m_stack->addWidget(m_drop);
    m_stack->addWidget(m_preview);
    m_stack->addWidget(m_result);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead());
    column->addWidget(m_messages);
    auto *ground = new Panel(Panel::Ground::Surface);
    auto *groundBox = new QVBoxLayout(ground);
    groundBox->setContentsMargins(0, 0, 0, 0);
    groundBox->addWidget(m_stack);
    column->addWidget(ground, 1);
    column->addWidget(makeFoot());
    connect(new QShortcut(Qt::Key_Escape, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, this, [this] {
                if (!isBusy())
                    Q_EMIT closeRequested();
            });
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
        connect(new QShortcut(QKeySequence(Qt::CTRL | key), this, nullptr, nullptr,
                              Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, &ImportView::onPrimary);
    }
    showChoose();
}

QWidget *ImportView::makeHead()
{
    auto *head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    auto *title = new TextLabel(TextRole::Title, true);
    title->setText(tr("Import books"));
    m_name = new TextLabel(TextRole::Subhead, false, true);
    m_name->setElided(true);
    m_close = new Button(u"close"_s, tr("Close"), tr("Esc"));
    m_close->setKind(Button::Kind::Flat);
    connect(m_close, &Button::clicked, this, &ImportView::closeRequested);
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(16, 10, 16, 10);
    row->setSpacing(12);
    row->addWidget(title);
    row->addWidget(m_name, 1);
    row->addWidget(m_close);
    return head;
}

QWidget *ImportView::makeFoot()
{
    auto *foot = new Panel(Panel::Ground::Window, Panel::TopEdge);
    m_foot = foot;
    m_another = new Button(u"import"_s, tr("Choose another file …"));
    m_cancel = new Button(u"close"_s, tr("Cancel the import"));
    m_primary = new Button(QString(), tr("Import"), tr("Ctrl+Enter"));
    m_primary->setKind(Button::Kind::Primary);
    m_hint = new TextLabel(TextRole::Body, false, true);
    m_hint->setElided(true);
    connect(m_another, &Button::clicked, this, &ImportView::chooseRequested);
    connect(m_cancel, &Button::clicked, this, &ImportView::cancelRequested);
    connect(m_primary, &Button::clicked, this, &ImportView::onPrimary);
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(16, 10, 16, 10);
    row->setSpacing(12);
    row->addWidget(m_another);
    row->addWidget(m_hint, 1);
    row->addWidget(m_cancel);
    row->addWidget(m_primary);
    return foot;
}

bool ImportView::isBusy() const
{
    return m_step == Step::Running || m_step == Step::Cancelling;
}

/// Whether the primary button imports; else it closes the sheet.
bool ImportView::wouldImport() const
{
    return m_step == Step::Preview || (m_step == Step::Finished && m_isUnfinished);
}

void ImportView::setRefusal(const QString &why)
{
    m_refusal = why;
    showRefusal();
}

void ImportView::showRefusal()
{
    const bool isRefused = wouldImport() && !m_refusal.isEmpty();
    m_primary->setEnabled(!isRefused);
    m_primary->setToolTip(isRefused ? m_refusal : QString());
    m_hint->setText(isBusy()    ? tr("You can go to another page; the import goes on.")
                    : isRefused ? m_refusal
                                : QString());
}

void ImportView::setStep(Step step)
{
    // A button that is switched off or hidden may have left the focus to nobody.
    const QWidget *focus = QApplication::focusWidget();
    const bool hadFocus = isVisible() && (!focus || isAncestorOf(focus));
    const bool isOther = step != m_step;
    m_step = step;
    QWidget *page = m_drop;
    if (step == Step::Preview)
        page = m_preview;
    else if (step != Step::Choose && step != Step::Looking)
        page = m_result;
    m_stack->setCurrentWidget(page);
    const bool hasFile = step != Step::Choose && step != Step::Looking;
    m_name->setText(hasFile ? QFileInfo(m_file).fileName() : QString());
    m_foot->setVisible(hasFile);
    m_close->setEnabled(!isBusy());
    m_close->setToolTip(isBusy() ? tr("Cancel the import first, or go to another page: it goes on meanwhile.")
                                 : QString());
    m_another->setVisible(step == Step::Preview || step == Step::Finished);
    m_cancel->setVisible(isBusy());
    m_cancel->setEnabled(step == Step::Running);
    m_primary->setVisible(hasFile && !isBusy());
    m_primary->setText(step == Step::Preview ? tr("Import")
                       : m_isUnfinished      ? tr("Import the rest")
                                             : tr("Close"));
    showRefusal();
    QWidget *target = m_primary->isVisibleTo(this)  ? m_primary
                      : m_cancel->isVisibleTo(this) ? m_cancel
                                                    : m_close;
    if (step == Step::Choose) {
        const auto buttons = m_empty->findChildren<QPushButton *>();
        target = buttons.isEmpty() ? target : buttons.constLast();
    }
    setFocusProxy(target);
    if (isOther && hadFocus)
        target->setFocus(Qt::OtherFocusReason);
}

void ImportView::showChoose(const std::optional<DbError> &error)
{
    m_empty->setContent(
        u"import"_s, tr("Choose a file, or drop it here"),
        tr("A CSV file with one book in a row. Its first line names the columns, such as title, "
           "authors, isbn13, year and language; the order does not matter."),
        {m_choose}, tr("Separated by commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252."), true);
    if (error)
        m_messages->showMessage(MessageBar::Kind::Error, error->message, error->hint);
    else
        m_messages->clear();
    setStep(Step::Choose);
}

void ImportView::showLooking()
{
    m_messages->clear();
    m_empty->setContent(u"pending"_s, tr("The file is being looked at …"), QString());
    setStep(Step::Looking);
}

void ImportView::showPreview(const ImportPreview &preview)
{
    m_messages->clear();
    m_file = preview.file;
    m_isUnfinished = false;
    m_preview->setPreview(preview);
    setStep(Step::Preview);
}

void ImportView::showProgress(const ImportProgress &progress, bool isCancelling)
{
    if (progress.isWaiting && !isCancelling) {
        m_messages->showMessage(MessageBar::Kind::Offline, tr("The main database does not answer."),
                                tr("The import waits for a minute and goes on when it is back."));
    } else if (m_step == Step::Running || m_step == Step::Cancelling) {
        m_messages->clear();
    }
    m_result->setProgress(progress, isCancelling);
    setStep(isCancelling ? Step::Cancelling : Step::Running);
}

void ImportView::showReport(const ImportReport &report)
{
    m_isUnfinished = report.isCancelled || report.error.has_value();
    const QString rest =
        tr("Rows up to line %1 are done. Importing the file again brings in the rest.").arg(report.lastLine);
    if (report.error)
        m_messages->showMessage(MessageBar::Kind::Error, report.error->message, rest);
    else if (report.isCancelled)
        m_messages->showMessage(MessageBar::Kind::Warning, tr("The import was cancelled."), rest);
    else if (report.counts.rejected > 0)
        m_messages->showMessage(MessageBar::Kind::Warning, tr("Not every row went in."),
                                tr("Each rejected row is listed below with the reason."));
    else
        m_messages->showMessage(MessageBar::Kind::Info, tr("Every row of the file is in the catalogue."),
                                QString());
    m_result->setReport(report);
    setStep(Step::Finished);
}

void ImportView::onPrimary()
{
    if (m_step == Step::Preview || (m_step == Step::Finished && m_isUnfinished))
        Q_EMIT importRequested();
    else if (m_step == Step::Finished)
        Q_EMIT closeRequested();
}

void ImportView::dragEnterEvent(QDragEnterEvent *event)
{
    if (isBusy() || draggedFile(event->mimeData()).isEmpty())
        return;
    event->acceptProposedAction();
    static_cast<DropFrame *>(m_drop)->setWelcome(true);
}

void ImportView::dragLeaveEvent(QDragLeaveEvent *)
{
    static_cast<DropFrame *>(m_drop)->setWelcome(false);
}

void ImportView::dropEvent(QDropEvent *event)
{
    static_cast<DropFrame *>(m_drop)->setWelcome(false);
    const QString file = draggedFile(event->mimeData());
    if (isBusy() || file.isEmpty())
        return;
    event->acceptProposedAction();
    Q_EMIT fileDropped(file);
}

} // namespace Branchline
