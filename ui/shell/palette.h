// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/palettecommands.h"

#include <QPointer>
#include <QWidget>

class QListView;

namespace Branchline {

class SearchField;

/// The command palette: the search field of the top bar with a list below it, over a veil. It is a child of
/// the window and no popup, so nothing grabs the keyboard: the focus stays in the field, whose keys move in
/// the list. Leaving the field closes it; Escape also gives the focus back to where it was.
class Palette final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Palette)

public:
    /// Covers `page`, a widget of the same window; both must have `parent` as an ancestor.
    Palette(SearchField *field, QWidget *page, QWidget *parent);

    PaletteModel *model() { return &m_model; }
    /// Asked each time the palette opens.
    void setCommandSource(std::function<std::vector<PaletteCommand>()> source);
    /// Opens it and gives the field the focus.
    void open();
    bool isOpen() const { return isVisible(); }
    /// The answers to the newest query are there.
    void noteAnswered();

Q_SIGNALS:
    /// The field has to grow, or to shrink.
    void openChanged(bool open);
    void bookChosen(const QString &id);
    void patronChosen(const QString &id);
    /// Words to be searched for in the catalogue, never empty.
    void submitted(const QString &words);
    /// Closed without a choice and nobody had the focus before, or it is gone.
    void focusLost();

protected:
    bool event(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    class Card;

    void reveal();
    void dismiss(bool giveFocusBack);
    void place();
    void refreshRows();
    void moveTo(int row);
    bool handleKey(int key);
    void submit();
    void choose(int row);

    PaletteModel m_model;
    SearchField *m_field;
    QWidget *m_page;
    Card *m_card;
    QListView *m_list;
    std::function<std::vector<PaletteCommand>()> m_source;
    std::vector<PaletteCommand> m_commands;
    QPointer<QWidget> m_focusBefore;
    QString m_chosenId; ///< of the row that a person moved to; empty: the first row is chosen
    bool m_submitWhenAnswered = false;
    bool m_isClosing = false;
};

} // namespace Branchline
