// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/panel.h"

class QHBoxLayout;

namespace Branchline {

class TextLabel;

/// A line of 28 px between parts of a page: a title, a remark, and one widget at the end.
class SectionLine final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SectionLine)

public:
    explicit SectionLine(const QString &title = {}, QWidget *parent = nullptr);

    void setTitle(const QString &text);
    void setRemark(const QString &text);
    /// Takes the widget; the one set before is deleted.
    void setEnd(QWidget *widget);

private:
    TextLabel *m_title;
    TextLabel *m_remark;
    QWidget *m_end = nullptr;
    QHBoxLayout *m_row;
};

} // namespace Branchline
