// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/desk/checkinresult.h"
#include "ui/desk/deskfoot.h"
#include "ui/desk/overrideprompt.h"
#include "ui/desk/patronstrip.h"

#include <QWidget>

#include <array>
#include <optional>

class QAbstractItemDelegate;
class QAbstractItemModel;
class QHBoxLayout;
class QStackedWidget;

namespace Branchline {

class Button;
class MessageBar;
class Panel;
class ScanBox;
class ScanList;
class SectionLine;
class SegmentedSwitch;
class TextLine;

/// The desk: scan patron cards and copies, see at once what became of each scan. Knows nothing of databases:
/// what it shows is set, what people do is signalled. Whatever happens, the next scan goes to the scan box.
/// GUI thread only.
class DeskView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskView)

public:
    enum class Mode { CheckOut, CheckIn, Renew };
    Q_ENUM(Mode)

    explicit DeskView(QWidget *parent = nullptr);

    Mode mode() const { return m_mode; }
    /// Switches what scans do; emits modeChanged() when that is a change. The last scans give way to the
    /// list.
    void setMode(Mode mode);
    void focusScanBox();
    /// A scan that did not come through the scan box.
    void takeScan(const QString &text);
    /// The scans of \a mode, newest first; not owned. Roles: models/roles.h.
    void setScanModel(Mode mode, QAbstractItemModel *model);
    /// The scans of visits that are over, newest first; not owned.
    void setLastScansModel(QAbstractItemModel *model);
    /// Shows them in place of the list, or the list again.
    void showLastScans(bool shown);
    bool lastScansShown() const { return m_lastShown; }
    /// The patron of the visit, or none.
    void setPatron(const std::optional<PatronFacts> &patron);
    /// The due date of this visit and where it comes from ("21 days, rule 12"); an empty date hides both.
    void setDueDate(const QString &date, const QString &rule);
    /// What became of the last check-in, or nothing.
    void setResult(const std::optional<CheckInResult> &result);
    /// The numbers in the foot, for the mode now shown.
    void setCounts(const DeskCounts &counts);
    /// The branch whose desk this is; named in the accessible description.
    void setBranchName(const QString &name);
    /// The branch's database does not answer: the scan box says that scans wait.
    void setOffline(bool offline);
    /// Asks whether a refused copy is to be lent all the same, or asks no longer; so many scans wait for it.
    /// Until then the focus is on the answer that changes nothing, and scans are taken as ever.
    void setDecision(const std::optional<OverrideQuestion> &question, int waiting);
    [[nodiscard]] bool isDeciding() const;
    /// Why nothing may be lent or taken back here; empty: it may. Scans are then not taken, and a bar says
    /// so.
    void setRefusal(const QString &why);
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void scanned(Branchline::DeskView::Mode mode, const QString &text);
    /// Done was pressed: the visit or batch may be cleared.
    void doneRequested(Branchline::DeskView::Mode mode);
    void patronClosed();
    /// The refused copy is to be lent all the same.
    void overrideRequested(const QStringList &codes, const QString &reason);
    /// It is not to be lent.
    void overrideDeclined();
    /// The scan with this id (Roles::Id) is to be undone.
    void undoRequested(const QString &id);
    /// Nobody waits any longer for the answer to the scan with this id.
    void endRequested(const QString &id);
    void modeChanged(Branchline::DeskView::Mode mode);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeScanRow();
    QWidget *makeDueDate();
    void makeLists();
    QWidget *makePrompt();
    void makeShortcuts();
    void escape();
    void finish();
    void undoNow();
    ScanList *currentList() const;
    ScanList *addList(const QString &name, QAbstractItemDelegate *delegate);
    void refreshList();
    void refreshPlaceholder();
    void refreshMode();
    void refreshSize();

    Mode m_mode = Mode::CheckOut;
    std::optional<bool> m_low;
    bool m_patronThere = false;
    bool m_resultThere = false;
    QWidget *m_head = nullptr;
    QHBoxLayout *m_headRow = nullptr;
    Panel *m_scanPanel = nullptr;
    QHBoxLayout *m_scanRow = nullptr;
    SegmentedSwitch *m_switch = nullptr;
    MessageBar *m_messages = nullptr;
    MessageBar *m_refusalBar = nullptr;
    QString m_refusal;
    PatronStrip *m_strip = nullptr;
    ScanBox *m_scanBox = nullptr;
    QWidget *m_due = nullptr;
    TextLine *m_dueCaption = nullptr;
    TextLine *m_dueDate = nullptr;
    TextLine *m_dueRule = nullptr;
    Panel *m_resultRow = nullptr;
    CheckInResultCard *m_result = nullptr;
    Panel *m_promptRow = nullptr;
    OverridePrompt *m_prompt = nullptr;
    int m_waitingForDecision = 0;
    SectionLine *m_section = nullptr;
    QStackedWidget *m_lists = nullptr;
    std::array<ScanList *, 3> m_list{};
    ScanList *m_lastList = nullptr;
    Button *m_lastButton = nullptr;
    bool m_lastShown = false;
    DeskFoot *m_foot = nullptr;
};

} // namespace Branchline
