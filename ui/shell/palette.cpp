// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/palette.h"

#include "models/shell/palettesearch.h"
#include "ui/shell/palettedelegate.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/textlabel.h"
#include "ui/widgets/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QListView>
#include <QPainter>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int cardRadius = 8;
constexpr int rowsOfAPage = 6;

} // namespace

/// The list, and a foot that tells the keys.
class Palette::Card final : public QWidget
{
public:
    Card(QListView *list, QWidget *parent)
        : QWidget(parent)
        , m_nothing(new TextLabel(TextRole::Body, false, true, this))
    {
        auto *column = new QVBoxLayout(this);
        column->setContentsMargins(1, 6, 1, 1);
        column->setSpacing(0);
        column->addWidget(list, 1);
        m_nothing->setWordWrap(true);
        m_nothing->setContentsMargins(16, 8, 16, 12);
        column->addWidget(m_nothing);
        m_foot = new QWidget(this);
        auto *foot = new QHBoxLayout(m_foot);
        foot->setContentsMargins(16, 0, 16, 0);
        foot->setSpacing(20);
        const auto add = [&](const QString &text) {
            auto *label = new TextLabel(TextRole::Caption, false, true, m_foot);
            label->setText(text);
            foot->addWidget(label);
        };
        add(Palette::tr("Up and Down choose"));
        add(Palette::tr("Enter opens"));
        foot->addStretch();
        add(Palette::tr("> actions only"));
        add(Palette::tr("@ patrons only"));
        add(Palette::tr("# barcode"));
        m_foot->setFixedHeight(controlHeight(36, textFont(TextRole::Caption), 14));
        column->addWidget(m_foot);
    }

    void setNothing(const QString &text)
    {
        m_nothing->setText(text);
        m_nothing->setVisible(!text.isEmpty());
    }
    /// Besides the list.
    int extraHeight() const
    {
        return m_foot->height() + 7 +
               (m_nothing->isHidden() ? 0 : m_nothing->heightForWidth(width() - 2) + 8);
    }

protected:
    void mousePressEvent(QMouseEvent *event) override { event->accept(); }
    void paintEvent(QPaintEvent *) override
    {
        const ThemeColors &c = colors();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        paintOutline(&painter, rect(), c.surface, c.control, cardRadius);
        QRect foot = m_foot->geometry();
        painter.save();
        painter.setClipRect(foot);
        paintOutline(&painter, rect(), c.window, c.control, cardRadius);
        painter.restore();
        paintHairline(&painter, foot, Qt::TopEdge, c.border);
    }

private:
    TextLabel *m_nothing;
    QWidget *m_foot;
};

Palette::Palette(SearchField *field, QWidget *page, QWidget *parent)
    : QWidget(parent)
    , m_field(field)
    , m_page(page)
    , m_list(new QListView)
{
    setAccessibleName(tr("Command palette"));
    m_list->setModel(&m_model);
    m_list->setItemDelegate(new PaletteDelegate(m_list));
    m_list->setAccessibleName(tr("Actions, books and patrons"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus); // the keys of the field move in it
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_card = new Card(m_list, this);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex &index) { choose(index.row()); });
    connect(&m_model, &QAbstractItemModel::modelReset, this, &Palette::refreshRows);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_chosenId.clear();
        m_submitWhenAnswered = false;
        m_model.setQuery(text);
    });
    connect(m_field, &QLineEdit::textEdited, this, &Palette::reveal);
    m_field->installEventFilter(this);
    parent->installEventFilter(this);
    hide();
}

void Palette::setCommandSource(std::function<std::vector<PaletteCommand>()> source)
{
    m_source = std::move(source);
}

void Palette::open()
{
    if (!m_field->hasFocus())
        m_focusBefore = QApplication::focusWidget();
    m_field->setFocus(Qt::ShortcutFocusReason);
    m_field->selectAll();
    reveal();
}

void Palette::reveal()
{
    if (isOpen())
        return;
    m_commands = m_source ? m_source() : std::vector<PaletteCommand>();
    std::vector<PaletteEntry> entries;
    for (size_t i = 0; i < m_commands.size(); ++i) {
        m_commands[i].entry.id = QString::number(i);
        entries.push_back(m_commands[i].entry);
    }
    m_model.setActions(std::move(entries));
    Q_EMIT openChanged(true);
    show();
    raise();
    refreshRows();
}

void Palette::dismiss(bool giveFocusBack)
{
    if (m_isClosing || !isOpen())
        return;
    m_isClosing = true; // the focus leaves the field below
    m_submitWhenAnswered = false;
    hide();
    m_field->clear();
    m_field->setAccessibleDescription({});
    Q_EMIT openChanged(false);
    if (giveFocusBack) {
        if (m_focusBefore && m_focusBefore->isVisible() && m_focusBefore->isEnabled())
            m_focusBefore->setFocus(Qt::OtherFocusReason);
        else
            Q_EMIT focusLost();
    }
    m_focusBefore.clear();
    m_isClosing = false;
}

void Palette::place()
{
    QWidget *frame = parentWidget();
    const QRect page(m_page->mapTo(frame, QPoint()), m_page->size());
    setGeometry(page);
    const QRect field(m_field->mapTo(frame, QPoint()) - page.topLeft(), m_field->size());
    int rows = 0;
    for (int row = 0; row < m_model.rowCount(); ++row)
        rows += m_model.entry(row).kind == PaletteEntry::Kind::Heading ? PaletteDelegate::headingHeight()
                                                                       : PaletteDelegate::rowHeight();
    m_list->setVisible(rows > 0);
    m_card->setGeometry(field.x(), 8, field.width(), 100);
    m_card->setGeometry(field.x(), 8, field.width(), std::min(rows + m_card->extraHeight(), height() - 16));
}

void Palette::refreshRows()
{
    if (!isOpen())
        return;
    QString nothing;
    if (!m_model.problem().isEmpty()) {
        nothing = m_model.problem(); // who did not answer has not said that there is nothing
    } else if (m_model.choosableFrom(0) < 0 && !m_model.words().isEmpty() && !m_model.isPending()) {
        const QString words = m_model.words();
        nothing = m_model.scope() == PaletteModel::Scope::Actions
                      ? tr("No action has “%1” in its name. Type less of it.").arg(words)
                  : m_model.scope() == PaletteModel::Scope::Patrons
                      ? tr("No patron was found for “%1”. Type the beginning of a name, or a card number.")
                            .arg(words)
                      : tr("No copy has the barcode “%1”. Check the label and type all of it.").arg(words);
    } else if (m_model.offersSearchOnly() && !m_model.isPending()) {
        nothing = tr("Nothing is called “%1”. Enter searches the catalogue.").arg(m_model.words());
    } else if (m_model.rowCount() == 0) {
        nothing = m_model.scope() == PaletteModel::Scope::Patrons
                      ? tr("Type the beginning of a patron's name, or a card number.")
                      : tr("Type or scan a barcode.");
    }
    m_card->setNothing(nothing);
    place();
    // What a person moved to stays chosen while answers come in; else the first row is.
    int row = -1;
    for (int i = 0; !m_chosenId.isEmpty() && i < m_model.rowCount(); ++i) {
        const PaletteEntry &entry = m_model.entry(i);
        if (QString::number(static_cast<int>(entry.kind)) + entry.id == m_chosenId)
            row = i;
    }
    // Nothing typed, nothing chosen: a stray Enter does nothing.
    if (row < 0 && !m_field->text().trimmed().isEmpty())
        row = m_model.choosableFrom(0);
    if (row >= 0) {
        const QString kept = m_chosenId;
        moveTo(row);
        m_chosenId = kept;
        if (!nothing.isEmpty())
            m_field->setAccessibleDescription(nothing);
    } else {
        m_list->setCurrentIndex({});
        m_field->setAccessibleDescription(nothing);
    }
    m_list->scrollToTop();
    if (row >= 0 && !m_chosenId.isEmpty())
        m_list->scrollTo(m_model.index(row));
}

void Palette::moveTo(int row)
{
    if (row < 0)
        return;
    const PaletteEntry &entry = m_model.entry(row);
    m_chosenId = QString::number(static_cast<int>(entry.kind)) + entry.id;
    m_list->setCurrentIndex(m_model.index(row));
    if (row == 1)
        m_list->scrollToTop(); // with its heading
    // The focus stays in the field, so the field tells screen readers which row Enter would choose.
    m_field->setAccessibleDescription(m_model.index(row).data(Qt::AccessibleTextRole).toString());
    QAccessibleEvent said(m_field, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
}

bool Palette::handleKey(int key)
{
    const int row = m_list->currentIndex().isValid() ? m_list->currentIndex().row() : -1;
    const int last = m_model.rowCount() - 1;
    switch (key) {
    case Qt::Key_Escape:
        dismiss(true);
        return true;
    case Qt::Key_Down:
        moveTo(m_model.choosableFrom(row + 1));
        return true;
    case Qt::Key_Up:
        moveTo(m_model.choosableFrom(row - 1, -1));
        return true;
    case Qt::Key_PageDown:
        moveTo(m_model.choosableFrom(std::min(last, row + rowsOfAPage), row + rowsOfAPage > last ? -1 : 1));
        return true;
    case Qt::Key_PageUp:
        moveTo(m_model.choosableFrom(std::max(0, row - rowsOfAPage)));
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        submit();
        return true;
    default:
        return false;
    }
}

void Palette::submit()
{
    const QModelIndex current = m_list->currentIndex();
    // A scanner's Enter comes before any answer can: what was scanned is opened as soon as it is found.
    if (m_model.isPending() && m_chosenId.isEmpty() && looksLikeCode(m_model.words())) {
        m_submitWhenAnswered = true;
        return;
    }
    if (current.isValid())
        choose(current.row());
}

void Palette::noteAnswered()
{
    if (!isOpen())
        return;
    refreshRows(); // also tells that nothing was found
    if (std::exchange(m_submitWhenAnswered, false))
        submit();
}

void Palette::choose(int row)
{
    const PaletteEntry entry = m_model.entry(row); // closing empties the model
    switch (entry.kind) {
    case PaletteEntry::Kind::Heading:
        return;
    case PaletteEntry::Kind::Action: {
        const auto run = m_commands[static_cast<size_t>(entry.id.toInt())].run;
        dismiss(true);
        run();
        return;
    }
    case PaletteEntry::Kind::Book:
    case PaletteEntry::Kind::Copy:
        dismiss(false);
        Q_EMIT bookChosen(entry.id);
        return;
    case PaletteEntry::Kind::Patron:
        dismiss(false);
        Q_EMIT patronChosen(entry.id);
        return;
    case PaletteEntry::Kind::Search:
        dismiss(false);
        Q_EMIT submitted(entry.id);
        return;
    }
}

bool Palette::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutDirectionChange)
        place();
    return QWidget::event(event);
}

bool Palette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field) {
        if (event->type() == QEvent::MouseButtonPress && !isOpen()) {
            m_focusBefore = m_field->hasFocus() ? nullptr : QApplication::focusWidget();
            reveal();
        } else if (event->type() == QEvent::FocusOut) {
            const auto reason = static_cast<QFocusEvent *>(event)->reason();
            if (reason != Qt::ActiveWindowFocusReason && reason != Qt::PopupFocusReason)
                dismiss(false);
        } else if (event->type() == QEvent::Resize || event->type() == QEvent::Move) {
            if (isOpen())
                place();
        } else if (isOpen() && event->type() == QEvent::ShortcutOverride) {
            // Escape closes the palette even where a shortcut of the page has the same key.
            const int key = static_cast<QKeyEvent *>(event)->key();
            if (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter) {
                event->accept();
                return true;
            }
        } else if (event->type() == QEvent::KeyPress) {
            const int key = static_cast<QKeyEvent *>(event)->key();
            if (!isOpen() && (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter)) {
                reveal();
                return true;
            }
            return isOpen() && handleKey(key);
        }
    } else if (watched == parentWidget() && event->type() == QEvent::Resize && isOpen()) {
        // The layout has not placed the page yet.
        QMetaObject::invokeMethod(this, &Palette::place, Qt::QueuedConnection);
    }
    return QWidget::eventFilter(watched, event);
}

void Palette::mousePressEvent(QMouseEvent *event)
{
    event->accept();
    dismiss(true);
}

void Palette::paintEvent(QPaintEvent *)
{
    QColor veil = colors().dark ? QColor(Qt::black) : colors().text;
    veil.setAlphaF(colors().dark ? 0.45F : 0.18F);
    QPainter(this).fillRect(rect(), veil);
}

} // namespace Branchline
