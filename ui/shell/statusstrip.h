// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/shell/shelltypes.h"
#include "ui/widgets/panel.h"

#include <QList>

class QHBoxLayout;
class QLabel;

namespace Branchline {

class Button;
class IconLabel;
class StatusLight;
class TextLabel;

/// The bar below the pages: which databases answer, what waits, and who works here.
class StatusStrip final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatusStrip)

public:
    explicit StatusStrip(QWidget *parent = nullptr);

    void setBranchName(const QString &name);
    void setLights(const QList<DatabaseLight> &lights, const QString &summary);
    void setMiddleText(const QString &text);
    void setPerson(const QString &person);
    /// Leaves out the main database's words, for small windows.
    void setCompact(bool compact);

protected:
    void mousePressEvent(QMouseEvent *event) override;

Q_SIGNALS:
    /// The summary or a light was pressed: what do the lights mean?
    void databasesRequested();

private:
    void showOwn();
    QWidget *group(StatusLight *light, QLabel *words);

    QString m_branch;
    QString m_summaryWords;
    int m_down = 0;
    int m_known = 0;
    DatabaseLight m_ownState;
    bool m_hasOwn = false;
    bool m_hasMain = false;
    bool m_compact = false;
    StatusLight *m_own;
    QLabel *m_ownWords;
    StatusLight *m_main;
    TextLabel *m_mainWords;
    QWidget *m_ownGroup;
    QWidget *m_mainGroup;
    QHBoxLayout *m_shards;
    Button *m_summary;
    TextLabel *m_middle;
    IconLabel *m_personIcon;
    TextLabel *m_person;
    QList<QWidget *> m_separators;
};

} // namespace Branchline
