// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of DeskView that asks whether a refused copy is to be lent all the same.
#include "ui/desk/deskview.h"

#include "ui/desk/overrideprompt.h"
#include "ui/widgets/button.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/scanbox.h"

#include <QAccessible>
#include <QVBoxLayout>

namespace Branchline {

QWidget *DeskView::makePrompt()
{
    m_prompt = new OverridePrompt(m_scanBox);
    m_promptRow = new Panel(Panel::Ground::Surface);
    auto *row = new QVBoxLayout(m_promptRow);
    row->setContentsMargins(16, 0, 16, 12);
    row->addWidget(m_prompt);
    m_promptRow->hide();
    connect(m_prompt, &OverridePrompt::overrideRequested, this, &DeskView::overrideRequested);
    connect(m_prompt, &OverridePrompt::declined, this, &DeskView::overrideDeclined);
    connect(m_prompt, &OverridePrompt::scanned, this, &DeskView::takeScan);
    return m_promptRow;
}

bool DeskView::isDeciding() const
{
    return !m_promptRow->isHidden();
}

void DeskView::setDecision(const std::optional<OverrideQuestion> &question, int waiting)
{
    const bool wasDeciding = isDeciding();
    m_waitingForDecision = question ? waiting : 0;
    if (question)
        m_prompt->setQuestion(*question);
    const bool hadFocus = m_scanBox->hasFocus() || m_prompt->isAncestorOf(focusWidget());
    m_promptRow->setVisible(question.has_value());
    m_foot->setDeciding(question.has_value());
    setFocusProxy(question ? static_cast<QWidget *>(m_prompt) : m_scanBox);
    refreshPlaceholder();
    refreshList();
    if (wasDeciding == isDeciding())
        return;
    // In the middle of a scan the rest of it belongs to the scan box, too: takeScan() goes on from there.
    if (hadFocus && (!question || m_scanBox->text().isEmpty()))
        focusScanBox();
    if (question) {
        QAccessibleEvent event(m_prompt, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void DeskView::escape()
{
    if (isDeciding()) {
        Q_EMIT overrideDeclined();
        return;
    }
    showLastScans(false);
    focusScanBox();
}

} // namespace Branchline
