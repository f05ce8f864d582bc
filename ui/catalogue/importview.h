// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"

#include <QWidget>

class QAction;
class QMimeData;
class QStackedWidget;

namespace Branchline {

class Button;
class EmptyState;
class ImportPreviewPane;
class ImportResultPane;
class MessageBar;
class TextLabel;

/// The sheet that brings a CSV file into the catalogue: choose, look, import, see what became of it. Knows
/// nothing of files and databases: what it shows is set, what people ask for is signalled. A file can be
/// dropped on it while nothing runs. GUI thread only.
class ImportView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ImportView)

public:
    enum class Step { Choose, Looking, Preview, Running, Cancelling, Finished };

    explicit ImportView(QWidget *parent = nullptr);

    [[nodiscard]] Step step() const { return m_step; }
    /// No file yet; with an error, why the last one cannot be imported.
    void showChoose(const std::optional<DbError> &error = {});
    void showLooking();
    void showPreview(const ImportPreview &preview);
    /// While it runs, as often as you like.
    void showProgress(const ImportProgress &progress, bool isCancelling);
    void showReport(const ImportReport &report);
    /// Why nothing may be imported; empty: it may. Said beside the button.
    void setRefusal(const QString &why);
    [[nodiscard]] MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    /// Ask for a file.
    void chooseRequested();
    void fileDropped(const QString &file);
    /// Import the file that is shown, or what is left of it.
    void importRequested();
    void cancelRequested();
    /// Esc or Close; never while an import runs.
    void closeRequested();

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    [[nodiscard]] QWidget *makeHead();
    [[nodiscard]] QWidget *makeFoot();
    void setStep(Step step);
    void onPrimary();
    [[nodiscard]] bool wouldImport() const;
    void showRefusal();
    [[nodiscard]] bool isBusy() const;

    Step m_step = Step::Choose;
    bool m_isUnfinished = false; ///< the last import ended before the end of its file
    QString m_file;
    QString m_refusal;
    QAction *m_choose;
    MessageBar *m_messages;
    QStackedWidget *m_stack;
    QWidget *m_drop = nullptr;
    QWidget *m_foot = nullptr;
    EmptyState *m_empty;
    ImportPreviewPane *m_preview;
    ImportResultPane *m_result;
    Button *m_close = nullptr;
    Button *m_another = nullptr;
    Button *m_cancel = nullptr;
    Button *m_primary = nullptr;
    TextLabel *m_name = nullptr;
    TextLabel *m_hint = nullptr;
};

/// The one local file that is dragged, or nothing.
[[nodiscard]] QString draggedFile(const QMimeData *data);

} // namespace Branchline
