// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/roles.h"
#include "ui/widgets/theme.h"

#include <QModelIndex>
#include <QString>

namespace Branchline {

/// How one scan row is shown: the colour and the icon of its state.
struct ScanLook
{
    Status status = Status::None; ///< colour of icon and status word; None stands for muted
    QString iconName;
    bool soft = false; ///< the row stands on the soft ground of its status
};

/// The look of the row \a index. Roles::State decides; a row that carries Roles::StatusKind has the colour of
/// that status: a returned copy of the kind Lent is one to send to its branch.
ScanLook scanLook(const QModelIndex &index);

/// The colour of \a status for text and icons; muted for Status::None.
QColor scanColor(Status status);

/// Everything the row says, in one line for screen readers and tooltips.
QString scanSentence(const QModelIndex &index);

} // namespace Branchline
