// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/history.h"

#include <QMap>

namespace Branchline::Drill {

/// One call of a desk from its invoke to its end, out of the histories.
struct RecordedCall
{
    enum class End { None, Ok, Fail };
    QString desk; ///< the history's name
    QString request;
    QString action;
    QString barcode;
    QString card;
    QString undoes;
    qint64 begin = 0;   ///< steadyNow()
    qint64 end = 0;     ///< 0 without an end
    qint64 unknown = 0; ///< when it was first unknown; 0: never
    End state = End::None;
    QString outcome; ///< of Ok
    QString loan;
    QStringList reasons;
    QString error; ///< of Fail, or of the last Unknown: kind, SQLSTATE and message

    [[nodiscard]] QString text() const;
};

using RecordedCalls = QMap<QString, RecordedCall>; ///< by request id

/// Reads every desk's history in a folder. A second end of a call, or an end without a beginning, is reported
/// in `problems`.
[[nodiscard]] RecordedCalls readCalls(const QString &folder, QStringList &problems);

/// How many calls ended how, and how long unknown ones took.
[[nodiscard]] QStringList figuresOf(const RecordedCalls &calls);

} // namespace Branchline::Drill
