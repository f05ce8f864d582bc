// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"
#include "models/staff/permissions.h"

#include <QObject>

#include <functional>

class QWidget;

namespace Branchline {

class MessageBar;

/// One page of the window: it makes the view, and joins it with the library once that is open. GUI thread
/// only.
class PageController : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PageController)

public:
    explicit PageController(QObject *parent = nullptr)
        : QObject(parent)
    {}

    /// The view, which the window owns.
    [[nodiscard]] virtual QWidget *view() const = 0;
    /// The bar of the view where the window says what concerns every page.
    [[nodiscard]] virtual MessageBar *messages() const = 0;
    /// The library is open; called once. Cluster and feed outlive this object.
    virtual void open(Cluster &cluster, ChangeFeed &feed) = 0;
    /// The branch of this desk; called after open(), and again when another one is chosen.
    virtual void setBranch(const BranchEntry &) {}
    /// What the person may do: once it is known, and whenever it changes. The page says beside what is not
    /// allowed why, and keeps what was typed.
    virtual void setPermissions(const Permissions &) {}
    /// Only a page on screen refreshes itself. Called after open().
    virtual void setOnScreen(bool) {}
    /// A database answers again after it did not.
    virtual void recovered() {}
    /// Whether the window may close. A page that says no shows in its message bar why, and calls `then` when
    /// the person has decided that it may.
    [[nodiscard]] virtual bool mayClose(const std::function<void()> &then)
    {
        Q_UNUSED(then)
        return true;
    }
    /// Sentences: what would wait or be lost if the window closed now. Empty: nothing.
    [[nodiscard]] virtual QString waiting() const { return {}; }
    /// Whether everything is shown that was asked for; a picture of the window waits for it.
    [[nodiscard]] virtual bool isReady() const = 0;
};

} // namespace Branchline
