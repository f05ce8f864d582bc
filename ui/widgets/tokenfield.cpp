// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tokenfield.h"

#include "ui/widgets/theme.h"
#include "ui/widgets/token.h"
#include "ui/widgets/typography.h"

#include <QCompleter>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QStringListModel>
#include <QStyle>
#include <QStyleOptionFrame>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int inset = 4;
constexpr int gap = 6;
constexpr int leastInput = 130;

} // namespace

TokenField::TokenField(const QString &placeholder, QWidget *parent)
    : QWidget(parent)
    , m_input(new QLineEdit(this))
    , m_completer(new QCompleter(this))
    , m_words(new QStringListModel(this))
{
    m_input->setFrame(false);
    m_input->setPlaceholderText(placeholder);
    m_input->installEventFilter(this);
    m_completer->setModel(m_words);
    m_completer->setCaseSensitivity(Qt::CaseInsensitive);
    m_completer->setFilterMode(Qt::MatchContains);
    m_completer->setMaxVisibleItems(8);
    m_input->setCompleter(m_completer);
    connect(m_input, &QLineEdit::textEdited, this, &TokenField::typed);
    connect(m_completer, qOverload<const QString &>(&QCompleter::activated), this,
            [this](const QString &word) {
                m_input->setText(word);
                commit();
            });
    setFocusProxy(m_input);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    place();
}

void TokenField::setNotes(const QList<std::pair<QString, QString>> &notes)
{
    m_notes = notes;
}

void TokenField::setTokens(const QList<TokenText> &tokens)
{
    if (m_texts == tokens)
        return;
    m_texts = tokens;
    rebuild();
}

void TokenField::setSuggestions(const QStringList &words)
{
    m_words->setStringList(words);
    if (m_input->hasFocus() && !m_input->text().isEmpty() && !words.isEmpty() &&
        !words.contains(m_input->text()))
        m_completer->complete();
}

void TokenField::rebuild()
{
    for (Token *token : std::as_const(m_tokens)) {
        token->hide();
        token->deleteLater();
    }
    m_tokens.clear();
    for (qsizetype i = 0; i < m_texts.size(); ++i) {
        auto *token = new Token(m_texts.at(i).text, m_texts.at(i).note, this);
        token->installEventFilter(this);
        connect(token, &Token::removeRequested, this, [this, i] { remove(i); });
        connect(token, &Token::noteRequested, this, [this, i] { chooseNote(i); });
        token->show();
        m_tokens << token;
    }
    place();
}

void TokenField::commit()
{
    const QString text = m_input->text().simplified();
    m_input->clear();
    if (text.isEmpty())
        return;
    const TokenText token = m_notes.isEmpty()
                                ? TokenText{text, {}, {}}
                                : TokenText{text, m_notes.first().first, m_notes.first().second};
    const bool isThere = std::any_of(m_texts.begin(), m_texts.end(), [&](const TokenText &known) {
        return known.noteKey == token.noteKey && known.text.compare(text, Qt::CaseInsensitive) == 0;
    });
    if (isThere)
        return;
    m_texts << token;
    rebuild();
    Q_EMIT tokensEdited();
}

void TokenField::remove(qsizetype index)
{
    if (index < 0 || index >= m_texts.size())
        return;
    m_texts.removeAt(index);
    m_input->setFocus();
    rebuild();
    Q_EMIT tokensEdited();
}

void TokenField::chooseNote(qsizetype index)
{
    if (m_notes.isEmpty() || index >= m_texts.size())
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const auto &[key, word] : std::as_const(m_notes)) {
        QAction *action = menu->addAction(word);
        action->setCheckable(true);
        action->setChecked(m_texts.at(index).noteKey == key);
        connect(action, &QAction::triggered, this, [this, index, key, word] {
            m_texts[index].noteKey = key;
            m_texts[index].note = word;
            rebuild();
            Q_EMIT tokensEdited();
        });
    }
    const Token *token = m_tokens.at(index);
    menu->popup(token->mapToGlobal(QPoint(0, token->height() + 2)));
}

bool TokenField::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusOut && watched == m_input &&
        static_cast<QFocusEvent *>(event)->reason() != Qt::PopupFocusReason)
        commit();
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (watched == m_input ? keyInInput(key) : keyInToken(qobject_cast<Token *>(watched), key))
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

bool TokenField::keyInInput(int key)
{
    const bool isEmpty = m_input->text().trimmed().isEmpty();
    const bool isStart = m_input->cursorPosition() == 0;
    switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (isEmpty)
            Q_EMIT finished();
        else
            commit();
        return true;
    case Qt::Key_Semicolon:
        commit();
        return true;
    case Qt::Key_Comma:
        if (!m_commaEnds)
            return false;
        commit();
        return true;
    case Qt::Key_Backspace:
        if (!m_input->text().isEmpty() || m_texts.isEmpty())
            return false;
        remove(m_texts.size() - 1);
        return true;
    case Qt::Key_Left:
        if (!isStart || m_tokens.isEmpty())
            return false;
        m_tokens.last()->setFocus(Qt::TabFocusReason);
        return true;
    default:
        return false;
    }
}

bool TokenField::keyInToken(Token *token, int key)
{
    const qsizetype index = m_tokens.indexOf(token);
    if (index < 0)
        return false;
    switch (key) {
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        remove(index);
        return true;
    case Qt::Key_Space:
    case Qt::Key_Down:
        chooseNote(index);
        return true;
    case Qt::Key_Left:
        m_tokens.at(std::max<qsizetype>(0, index - 1))->setFocus(Qt::TabFocusReason);
        return true;
    case Qt::Key_Right:
        if (index + 1 < m_tokens.size())
            m_tokens.at(index + 1)->setFocus(Qt::TabFocusReason);
        else
            m_input->setFocus();
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        m_input->setFocus();
        return true;
    default:
        return false;
    }
}

/// Tags flow over as many lines as they need, and the input takes what is left of the last.
void TokenField::place()
{
    if (std::exchange(m_placing, true))
        return;
    const int line = controlHeight(32, font());
    const int step = line - inset;
    const int most = std::max(60, width() - 2 * inset - 4);
    int x = inset;
    int y = 0;
    const auto setRect = [&](QWidget *widget, QRect rect) {
        widget->setGeometry(QStyle::visualRect(layoutDirection(), QRect(0, 0, width(), line), rect));
    };
    for (Token *token : std::as_const(m_tokens)) {
        const QSize size = token->sizeHint();
        const int wide = std::min(size.width(), most);
        if (x > inset && x + wide > width() - inset) {
            x = inset;
            y += step;
        }
        setRect(token, QRect(x, y + (line - size.height()) / 2, wide, size.height()));
        x += wide + gap;
    }
    if (x > inset && x + leastInput > width() - inset) {
        x = inset;
        y += step;
    }
    setRect(m_input, QRect(x, y + 3, std::max(leastInput, width() - x - inset), line - 6));
    if (height() != y + line || minimumHeight() != y + line)
        setFixedHeight(y + line);
    m_placing = false;
    update();
}

QSize TokenField::sizeHint() const
{
    return {320, std::max(controlHeight(32, font()), minimumHeight())};
}

void TokenField::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
}

void TokenField::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LayoutDirectionChange)
        place();
}

void TokenField::mousePressEvent(QMouseEvent *)
{
    m_input->setFocus(Qt::MouseFocusReason);
}

void TokenField::paintEvent(QPaintEvent *)
{
    QStyleOptionFrame option;
    option.initFrom(this);
    option.lineWidth = 1;
    option.state.setFlag(QStyle::State_HasFocus, m_input->hasFocus());
    QPainter painter(this);
    style()->drawPrimitive(QStyle::PE_PanelLineEdit, &option, &painter, this);
}

} // namespace Branchline
