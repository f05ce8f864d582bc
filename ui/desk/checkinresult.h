// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QFrame>
#include <QString>

namespace Branchline {

class Button;
class TextLine;

/// What to do with the copy that was scanned last at check-in.
struct CheckInResult
{
    Status status = Status::Available; ///< colour of the icon; refused also tints the card
    QString iconName;                  ///< e.g. "available" (shelve), "truck" (send), "refused" (not on loan)
    QString headline;                  ///< what to do: "Shelve here: Floor 2, Room 3, Bookshelf 17"
    QString title;                     ///< title of the book, or the copy when it is not known
    QString subline;                   ///< author and barcode
    QString timeliness;                ///< "Returned on time", "3 days late"; may be empty
    QString timelinessDetail;          ///< "Was due Sat 21 Nov"; may be empty
    bool late = false;                 ///< timeliness stands in the overdue colour
    bool canUndo = false;              ///< the return can be taken back
};

/// The card of the last check-in: what to do with the book in the hand is the largest text on the screen.
class CheckInResultCard final : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CheckInResultCard)

public:
    explicit CheckInResultCard(QWidget *parent = nullptr);

    /// Shows \a result and tells assistive technology.
    void setResult(const CheckInResult &result);

Q_SIGNALS:
    void undoRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void fitHeadline();

    Status m_status = Status::None;
    QString m_iconName;
    TextLine *m_headline = nullptr;
    TextLine *m_title = nullptr;
    TextLine *m_subline = nullptr;
    TextLine *m_timeliness = nullptr;
    TextLine *m_timelinessDetail = nullptr;
    Button *m_undo = nullptr;
};

} // namespace Branchline
