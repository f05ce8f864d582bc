// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/batch.h"

#include <QJsonObject>
#include <QTimeZone>

namespace Branchline::Ctl {

/// A result for scripts. "outcome" is one of outcomeName(), or "not_sent".
[[nodiscard]] QJsonObject objectOf(const ScanResult &result);
/// A result for people, one line; due dates in the zone of the desk.
[[nodiscard]] QString lineOf(const ScanResult &result, const QTimeZone &zone);
/// The exit status that belongs to a result.
[[nodiscard]] int statusOf(const ScanResult &result);

} // namespace Branchline::Ctl
