// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/scanlook.h"

#include "ui/desk/barcodetext.h"

#include <QStringList>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

ScanLook lookOfState(ScanState state)
{
    switch (state) {
    case ScanState::Pending:
        return {Status::None, u"pending"_s, false};
    case ScanState::Lent:
        return {Status::Available, u"done"_s, false};
    case ScanState::Returned:
        return {Status::Available, u"available"_s, false};
    case ScanState::Refused:
        return {Status::Refused, u"refused"_s, true};
    case ScanState::Unknown:
        return {Status::Unknown, u"unknown"_s, true};
    case ScanState::Failed:
        return {Status::Refused, u"warn"_s, true};
    case ScanState::Info:
        return {Status::None, u"info"_s, false};
    case ScanState::Renewed:
        return {Status::Available, u"renewed"_s, false};
    case ScanState::Undone:
        return {Status::None, u"undo"_s, false};
    }
    return {};
}

} // namespace

ScanLook scanLook(const QModelIndex &index)
{
    ScanLook look = lookOfState(static_cast<ScanState>(index.data(Roles::State).toInt()));
    const QVariant kind = index.data(Roles::StatusKind);
    if (kind.isValid() && kind.toInt() != int(Status::None))
        look.status = static_cast<Status>(kind.toInt());
    // A returned copy that does not stay here goes on its way.
    if (look.iconName == "available"_L1 && look.status == Status::Lent)
        look.iconName = u"truck"_s;
    return look;
}

QColor scanColor(Status status)
{
    return status == Status::None ? colors().muted : colors().status(status);
}

QString scanSentence(const QModelIndex &index)
{
    QStringList parts{index.data(Roles::StatusWord).toString(), index.data(Roles::Title).toString(),
                      index.data(Roles::Subtitle).toString(), index.data(Roles::Place).toString()};
    parts += index.data(Roles::StatusDetail).toStringList();
    parts += spacedBarcode(index.data(Roles::Barcode).toString());
    parts.removeAll(QString());
    return parts.join(u"\n"_s);
}

} // namespace Branchline
