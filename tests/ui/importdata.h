// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"

namespace Branchline::ImportData {

/// A file as it is shown before it is imported.
ImportPreview preview();
/// Half way through it.
ImportProgress progress();
/// Some rows were rejected, and some went in without their ISBN.
ImportReport report();

} // namespace Branchline::ImportData
