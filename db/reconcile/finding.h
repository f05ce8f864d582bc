// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

#include <vector>

namespace Branchline {

/// Something that is not as it should be between the databases of a library, or within one of them.
struct Finding
{
    QString code;          ///< stable, such as "ref_missing"; see findingKinds()
    QString database;      ///< "main" or "<name>_shard": where it is seen
    QString table;         ///< or the name of a subscription
    qint64 count = 0;      ///< rows
    QStringList keys = {}; ///< of the rows, ids only, at most mostKeys; several parts are joined by "/"
    QString note = {};     ///< what else has to be known, as a sentence; may be empty
    QHash<QString, qint64> versions = {}; ///< of entries of main's list of barcodes, by key; 0: there is none

    /// So many keys are kept of each finding, and mended in one run; a larger one takes several.
    static constexpr qsizetype mostKeys = 100'000;

    /// Counts one row.
    void add(const QString &key)
    {
        ++count;
        if (keys.size() < mostKeys)
            keys << key;
    }
};

/// What a code means.
struct FindingKind
{
    QLatin1StringView code;
    const char *what;          ///< a sentence, to be translated
    const char *next;          ///< what --repair does, or what a person does next; a sentence
    bool isMechanical = false; ///< whether --repair puts it right
};
[[nodiscard]] const std::vector<FindingKind> &findingKinds();
/// That of a finding.
[[nodiscard]] const FindingKind &kindOf(const Finding &finding);

/// Translated.
[[nodiscard]] QString whatText(const Finding &finding);
[[nodiscard]] QString nextText(const Finding &finding);

} // namespace Branchline
