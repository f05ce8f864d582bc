// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/shelltypes.h"
#include "ui/widgets/theme.h"

#include <QHash>
#include <QList>
#include <QMainWindow>
#include <QPointer>
#include <QSet>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

class QAction;
class QMenu;
class QStackedWidget;

namespace Branchline {

class BranchOverlay;
class DatabaseOverlay;
class HelpOverlay;
class Overlay;
class Palette;
class PaletteModel;
struct PaletteCommand;
class Rail;
class SearchField;
class SlowStatementModel;
class StatusStrip;
class TopBar;

/// The frame around the pages: rail, top bar, status bar and the keys that work everywhere. It knows nothing
/// of databases; it is told what to show and tells what was asked for.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MainWindow)

public:
    enum class Page { Desk, Catalogue, Patrons, Branch, Statistics, Staff, Audit };
    Q_ENUM(Page)

    explicit MainWindow(QWidget *parent = nullptr);

    /// Takes the page and shows its button in the rail. The first page added is the current one. The page
    /// gets the focus when it is shown: give it a focus proxy.
    void addPage(Page page, QWidget *widget);
    /// Does nothing for a page that was not added or is not offered.
    void showPage(Page page);
    Page currentPage() const { return m_page; }
    /// Every page that was added, in that order.
    [[nodiscard]] const QList<Page> &pages() const { return m_order; }
    /// Shows the page's button, keys and commands, or takes them away; every page that was added is offered
    /// until then. A page with a sheet stays until the last one is closed, so that nobody loses what was
    /// typed. When the current page goes, the first that is offered is shown.
    void offerPage(Page page, bool isOffered);
    [[nodiscard]] bool isOffered(Page page) const;
    /// Covers the current page with a form or a record; rail and bars stay. Each page keeps its own sheets
    /// while another is shown, the newest on top. The window owns the sheet from now on; it gets the focus,
    /// so give it a focus proxy.
    void openSheet(QWidget *sheet);
    /// Takes the sheet away and deletes it; what is below gets the focus back. Does nothing for a widget that
    /// is no sheet.
    void closeSheet(QWidget *sheet);
    /// The sheet that covers a page, or null.
    QWidget *sheetOf(Page page) const;

    /// Shows an action of the window and its key, or takes both away; the palette offers what is shown. Also
    /// right while the window is covered.
    void offer(QAction *action, bool may);

    /// Covers everything, rail and bars included, with a page such as the sign-in; no key of the window works
    /// meanwhile but the one that quits. What is covered stays as it is. The window owns the page, which gets
    /// the focus; a cover that is there already is below the new one.
    void cover(QWidget *page);
    /// Takes the cover away and deletes it; the focus goes back to where it was. Does nothing for a widget
    /// that is no cover.
    void uncover(QWidget *page);
    [[nodiscard]] bool isCovered() const { return !m_covers.isEmpty(); }
    /// Whether the menu and the palette offer to lock the window, and to sign out.
    void setMayLock(bool may);
    void setMaySignOut(bool may);
    /// Whether the menu and the palette offer another library.
    void setMayChooseLibrary(bool may);
    /// After how many idle minutes the window locks; shown in the menu. 0: never by itself.
    void setLockMinutes(int minutes);
    /// The policy of the computer locks after so many minutes at the latest: no longer time is offered.
    void setMostLockMinutes(std::optional<int> minutes);
    /// Asks the guard of setCloseGuard().
    [[nodiscard]] bool mayClose() const { return !m_mayClose || m_mayClose(); }

    void setBranches(const QList<BranchItem> &branches);
    /// An id that is not in the list shows "No branch".
    void setCurrentBranch(const QString &id);
    QString currentBranch() const { return m_branchId; }
    /// The lights of the status bar in this order; summary is a sentence such as "3 of 3 shards".
    void setLights(const QList<DatabaseLight> &lights, const QString &summary);
    /// What the list of databases shows below them; the model outlives the window or is replaced.
    void setSlowStatements(SlowStatementModel *model, std::chrono::milliseconds slowAfter);
    void setPerson(const QString &person);
    /// What the status bar says in the middle, for instance "All scans saved".
    void setMiddleText(const QString &text);
    /// Asked before the window closes, however that was wished for; false keeps it open. It must not block:
    /// whoever says no asks the person in the page.
    void setCloseGuard(std::function<bool()> mayClose) { m_mayClose = std::move(mayClose); }
    /// Opens the list of databases: what the lights mean, and what to do.
    void openDatabaseList();
    /// Opens the list of branches.
    void openBranchList();
    /// The command palette's list, to be filled with what databases know; tell when everything has been
    /// answered.
    PaletteModel *paletteModel();
    void notePaletteAnswered();

Q_SIGNALS:
    /// Another branch was chosen in the list; setCurrentBranch() has already been done.
    void branchChosen(const QString &id);
    /// Words to be searched for, never empty; the catalogue is already shown.
    void searchSubmitted(const QString &words);
    /// A book was chosen in the command palette; the catalogue is already shown.
    void bookChosen(const QString &id);
    /// The same of a patron; the patrons are already shown.
    void patronChosen(const QString &id);
    void pageChanged(Page page);
    /// isOffered() of some page has changed.
    void offeredPagesChanged();
    /// A copy or a card was scanned where no field takes text: under an open list, or on the desk with the
    /// focus on a button. The desk is already shown.
    void deskScanned(const QString &text);
    /// F1 or F2 was pressed on another page; the desk is already shown.
    void deskModeRequested(bool checkIn);
    /// A person chose an appearance; it is already in use. Remember it.
    void appearanceChosen(Theme::Mode mode);
    void quitRequested();
    void lockRequested();
    void signOutRequested();
    void otherLibraryRequested();
    /// A person chose it; remember it. 0: never.
    void lockMinutesChosen(int minutes);

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void makeKeys();
    void makeMenu();
    void makeLockMenu();
    void fillLockMenu();
    void closeWhatLiesAbove();
    QAction *addKey(const QKeySequence &keys, const QString &text);
    void makePalette();
    void makeScanCatcher();
    [[nodiscard]] QList<Overlay *> overlays() const;
    [[nodiscard]] std::vector<PaletteCommand> paletteCommands();
    void goToDesk(bool checkIn);
    void setAppearance(Theme::Mode mode);
    void chooseBranch(const QString &id);
    void giveFocusToPage();
    void showTop();
    /// The desk has keys of the same name: those of the window rest while it is shown.
    void restDeskKeys();
    void showOffers();

    QStackedWidget *m_layers; ///< the frame, and above it what covers it
    QWidget *m_frame;
    Rail *m_rail;
    TopBar *m_top;
    StatusStrip *m_status;
    QStackedWidget *m_stack;
    QMenu *m_menu;
    QMenu *m_lockMenu = nullptr;
    int m_lockMinutes = 0;
    std::optional<int> m_mostLockMinutes;
    BranchOverlay *m_branchList;
    DatabaseOverlay *m_databases;
    HelpOverlay *m_help;
    Palette *m_palette = nullptr;
    QList<QAction *> m_deskKeys;
    QAction *m_quit = nullptr;
    QAction *m_lock = nullptr;
    QAction *m_signOut = nullptr;
    QAction *m_otherLibrary = nullptr;
    struct Sheet
    {
        QWidget *widget;
        QPointer<QWidget> focusBefore;
    };
    QList<QWidget *> m_covers;
    QPointer<QWidget> m_focusBeforeCover;
    QList<QAction *> m_restingKeys; ///< switched off while the window is covered
    QHash<Page, QWidget *> m_pages;
    QList<Page> m_order;                ///< of the pages, as they were added
    QHash<Page, QAction *> m_pageKeys;  ///< of the pages but the desk
    QSet<Page> m_withheld;              ///< not to be offered
    QSet<Page> m_shownPages;            ///< offered, as showOffers() has it
    QHash<Page, QList<Sheet>> m_sheets; ///< by page, the newest last
    QList<BranchItem> m_branches;
    QString m_branchId;
    Page m_page = Page::Desk;
    std::function<bool()> m_mayClose;
};

} // namespace Branchline
