// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

namespace Branchline {

class Button;
class SearchField;

/// The bar over the pages: branch switcher, the one search field in the middle, help and menu. Holds no
/// behaviour of its own; the window connects its parts.
class TopBar final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TopBar)

public:
    explicit TopBar(QWidget *parent = nullptr);

    void setBranchName(const QString &name);
    /// The search field grows while the command palette is open.
    void setSearchOpen(bool open);
    Button *switcher() const { return m_switcher; }
    SearchField *search() const { return m_search; }
    Button *help() const { return m_help; }
    Button *menu() const { return m_menu; }

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    void place();

    bool m_isSearchOpen = false;
    Button *m_switcher;
    SearchField *m_search;
    Button *m_help;
    Button *m_menu;
};

} // namespace Branchline
