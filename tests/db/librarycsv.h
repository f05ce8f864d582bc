// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QStringList>
#include <QTemporaryDir>
#include <QUuid>

namespace Branchline {

/// The files of a small library for “import library”, made in memory so that a test can spoil single lines.
class LibraryCsv final
{
public:
    struct Size
    {
        int branches = 3;
        int users = 40;
        int books = 60;
        int copies = 90;
        int loans = 200;
    };

    LibraryCsv() = default;
    /// A whole library; the same for the same size and seed. Ids of two seeds differ.
    explicit LibraryCsv(const Size &size, int seed = 1);

    /// The id of the n-th thing of a kind, such as "book".
    [[nodiscard]] QUuid id(const QString &kind, int number) const;
    [[nodiscard]] QString idText(const QString &kind, int number) const;

    /// Adds a row; returns the line of the file where it begins.
    int add(const QString &file, const QStringList &cells);
    int addRaw(const QString &file, const QString &line);
    [[nodiscard]] int rows(const QString &file) const { return static_cast<int>(m_rows.value(file).size()); }

    /// Writes all files to the folder.
    void write(const QString &directory) const;

private:
    void addBranches(const Size &size);
    void addUsers(const Size &size);
    void addBooks(const Size &size);
    void addCopies(const Size &size);
    void addLoans(const Size &size);

    int m_seed = 1;
    QMap<QString, QStringList> m_rows;
    QMap<QString, int> m_lines; ///< of the rows so far
};

} // namespace Branchline
