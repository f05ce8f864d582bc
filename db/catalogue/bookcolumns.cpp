// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookcolumns.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

struct Alias
{
    QLatin1StringView name; ///< lower case letters and digits only
    BookField field;
};

/// The first name of a field that a file has is taken: a year of first publication before one of an edition.
constexpr std::array aliases{
    Alias{"id"_L1, BookField::Id},
    Alias{"bookid"_L1, BookField::Id},
    Alias{"isbn"_L1, BookField::Isbn10},
    Alias{"isbn10"_L1, BookField::Isbn10},
    Alias{"isbn13"_L1, BookField::Isbn13},
    Alias{"ean"_L1, BookField::Isbn13},
    Alias{"ean13"_L1, BookField::Isbn13},
    Alias{"title"_L1, BookField::Title},
    Alias{"booktitle"_L1, BookField::Title},
    Alias{"titel"_L1, BookField::Title},
    Alias{"titre"_L1, BookField::Title},
    Alias{"titulo"_L1, BookField::Title},
    Alias{"subtitle"_L1, BookField::Subtitle},
    Alias{"untertitel"_L1, BookField::Subtitle},
    Alias{"authors"_L1, BookField::Authors},
    Alias{"author"_L1, BookField::Authors},
    Alias{"authornames"_L1, BookField::Authors},
    Alias{"authorname"_L1, BookField::Authors},
    Alias{"bookauthor"_L1, BookField::Authors},
    Alias{"creator"_L1, BookField::Authors},
    Alias{"creators"_L1, BookField::Authors},
    Alias{"autor"_L1, BookField::Authors},
    Alias{"autoren"_L1, BookField::Authors},
    Alias{"verfasser"_L1, BookField::Authors},
    Alias{"auteur"_L1, BookField::Authors},
    Alias{"auteurs"_L1, BookField::Authors},
    Alias{"additionalauthors"_L1, BookField::MoreAuthors},
    Alias{"originalpublicationyear"_L1, BookField::Year},
    Alias{"year"_L1, BookField::Year},
    Alias{"publicationyear"_L1, BookField::Year},
    Alias{"yearpublished"_L1, BookField::Year},
    Alias{"yearofpublication"_L1, BookField::Year},
    Alias{"publicationdate"_L1, BookField::Year},
    Alias{"published"_L1, BookField::Year},
    Alias{"date"_L1, BookField::Year},
    Alias{"jahr"_L1, BookField::Year},
    Alias{"erscheinungsjahr"_L1, BookField::Year},
    Alias{"annee"_L1, BookField::Year},
    Alias{"languagecode"_L1, BookField::Language},
    Alias{"language"_L1, BookField::Language},
    Alias{"lang"_L1, BookField::Language},
    Alias{"sprache"_L1, BookField::Language},
    Alias{"langue"_L1, BookField::Language},
    Alias{"publisher"_L1, BookField::Publisher},
    Alias{"verlag"_L1, BookField::Publisher},
    Alias{"editeur"_L1, BookField::Publisher},
    Alias{"originaltitle"_L1, BookField::OriginalTitle},
    Alias{"othertitle"_L1, BookField::OriginalTitle},
    Alias{"categories"_L1, BookField::Categories},
    Alias{"category"_L1, BookField::Categories},
    Alias{"genres"_L1, BookField::Categories},
    Alias{"genre"_L1, BookField::Categories},
    Alias{"subjects"_L1, BookField::Categories},
    Alias{"subject"_L1, BookField::Categories},
};

/// "Original Publication Year" and "original_publication_year" are one name; accents do not count.
QString plain(const QString &name)
{
    QString letters;
    for (const QChar c : name.normalized(QString::NormalizationForm_KD)) {
        if (c.isLetterOrNumber())
            letters += c.toLower();
    }
    return letters;
}

/// Cells of a header line, as far as that needs no CSV: quotation marks around names.
QByteArrayList roughCells(const QByteArray &line, char separator)
{
    QByteArrayList cells;
    QByteArray cell;
    bool isQuoted = false;
    for (const char c : line) {
        if (c == '"') {
            isQuoted = !isQuoted;
        } else if (c == separator && !isQuoted) {
            cells << cell.trimmed();
            cell.clear();
        } else {
            cell += c;
        }
    }
    cells << cell.trimmed();
    return cells;
}

} // namespace

BookColumns::BookColumns(const QByteArrayList &header)
{
    m_columns.fill(-1);
    std::vector<QString> names;
    for (const QByteArray &cell : header) {
        m_names << QString::fromUtf8(cell).simplified();
        names.push_back(plain(m_names.last()));
    }
    std::vector<bool> used(names.size());
    for (const Alias &alias : aliases) {
        qsizetype &column = m_columns[static_cast<size_t>(alias.field)];
        const auto found = std::find(names.cbegin(), names.cend(), alias.name);
        if (column >= 0 || found == names.cend())
            continue;
        column = found - names.cbegin();
        used[static_cast<size_t>(column)] = true;
    }
    for (size_t i = 0; i < names.size(); ++i) {
        if (!used[i] && names[i] != "line"_L1 && names[i] != "reason"_L1 && !names[i].isEmpty())
            m_unused << m_names.at(static_cast<qsizetype>(i));
    }
}

qsizetype BookColumns::known() const
{
    return std::count_if(m_columns.cbegin(), m_columns.cend(), [](qsizetype column) { return column >= 0; });
}

char BookColumns::separatorOf(const QByteArray &headerLine)
{
    char best = ',';
    std::pair<qsizetype, qsizetype> most{0, 0};
    for (const char separator : {',', ';', '\t', '|'}) {
        const QByteArrayList cells = roughCells(headerLine, separator);
        const std::pair<qsizetype, qsizetype> found{BookColumns(cells).known(), cells.size()};
        if (found > most) {
            most = found;
            best = separator;
        }
    }
    return best;
}

QString BookColumns::text(const QByteArrayList &cells, BookField field) const
{
    const qsizetype column = m_columns[static_cast<size_t>(field)];
    return column >= 0 && column < cells.size() ? QString::fromUtf8(cells.at(column)) : QString();
}

} // namespace Branchline
