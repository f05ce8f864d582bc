// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"
#include "models/staff/permissions.h"
#include "ui/shell/mainwindow.h"

#include <QObject>
#include <QPointer>

#include <functional>

namespace Branchline {

class CopySession;
class EditorSheet;

/// Opens the forms over the pages of the window, and says when the lists behind them have become old.
class Editing final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Editing)

public:
    /// The window outlives this object.
    explicit Editing(MainWindow &window, QObject *parent = nullptr);

    /// The library is open; called once. Before that nothing opens.
    void open(Cluster &cluster) { m_cluster = &cluster; }
    /// The branch of this desk, which new records begin with.
    void setBranch(const BranchEntry &branch) { m_branch = branch; }

    /// What may be saved; forms that are open keep what was typed.
    void setPermissions(const Permissions &permissions);

    /// Ids are those of the views: without braces.
    void addBook();
    void editBook(const QString &id);
    /// `list` are the ids of the list that the form was opened from, in its order, for previous and next.
    void editBookOf(const QString &id, const QStringList &list);

    void addCopy(const QString &book);
    void editCopy(const QString &branch, const QString &copy);
    void registerPatron();
    void editPatron(const QString &id);

    /// False while a form has changes that are not saved; the form then asks what is to become of them,
    /// and `then` is called after that.
    [[nodiscard]] bool mayClose(const std::function<void()> &then);
    /// How many forms have changes that are not saved.
    [[nodiscard]] int unsaved() const;

Q_SIGNALS:
    /// A book was added, changed, removed or restored.
    void booksChanged();
    void copiesChanged();
    void patronsChanged();

private:
    [[nodiscard]] EditorSheet *unsavedOn(MainWindow::Page page) const;
    /// An open form, and why it may not be saved.
    struct Guarded
    {
        QPointer<EditorSheet> sheet;
        std::function<QString()> refusal;
    };

    void show(EditorSheet *sheet, const std::function<QString()> &refusal);
    void showRefusal(const Guarded &form) const;
    [[nodiscard]] QString refusalAt(QLatin1StringView right, const QUuid &branch,
                                    const QString &action) const;
    void showBook(const QUuid &id, const QStringList &list);
    EditorSheet *showCopy(CopySession *session);
    /// Who changed what, as the last part of the form.
    void addHistory(EditorSheet *sheet, const QString &table, const QUuid &id);
    void showPatron(const QUuid &id);

    MainWindow &m_window;
    Cluster *m_cluster = nullptr;
    BranchEntry m_branch;
    Permissions m_permissions;
    QList<Guarded> m_open; ///< those that were closed leave a null behind until the next one opens
};

} // namespace Branchline
