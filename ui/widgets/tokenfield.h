// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QCompleter;
class QLineEdit;
class QStringListModel;

namespace Branchline {

class Token;

/// A word in a TokenField; `note` is shown muted behind it and may be empty.
struct TokenText
{
    QString text;
    QString noteKey; ///< what the note means, such as "translator"
    QString note;    ///< as shown

    bool operator==(const TokenText &) const = default;
};

/// A field that holds several names, each a small tag with a button that takes it out; a new one is typed at
/// the end. Enter adds it; Enter with nothing typed goes to the next field. Backspace with nothing typed
/// takes out the last. Left goes to the tags: there Delete takes one out, and Space lists its notes.
class TokenField final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TokenField)

public:
    /// placeholder is such as "Add a name".
    explicit TokenField(const QString &placeholder, QWidget *parent = nullptr);

    /// Notes to choose from, key and word; the first one goes with new tokens.
    void setNotes(const QList<std::pair<QString, QString>> &notes);
    /// Also a comma ends a word.
    void setCommaEnds(bool ends) { m_commaEnds = ends; }
    void setTokens(const QList<TokenText> &tokens);
    [[nodiscard]] const QList<TokenText> &tokens() const { return m_texts; }
    /// Words to choose from while typing.
    void setSuggestions(const QStringList &words);
    [[nodiscard]] QLineEdit *input() const { return m_input; }
    /// Takes what is typed as a token.
    void commit();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

Q_SIGNALS:
    void tokensEdited();
    void typed(const QString &text);
    /// Enter with nothing typed.
    void finished();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    bool keyInInput(int key);
    bool keyInToken(Token *token, int key);
    void remove(qsizetype index);
    void chooseNote(qsizetype index);
    void rebuild();
    void place();

    QList<TokenText> m_texts;
    QList<Token *> m_tokens;
    QList<std::pair<QString, QString>> m_notes;
    QLineEdit *m_input;
    QCompleter *m_completer;
    QStringListModel *m_words;
    bool m_commaEnds = false;
    bool m_placing = false;
};

} // namespace Branchline
