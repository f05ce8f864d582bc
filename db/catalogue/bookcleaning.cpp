// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookcleaning.h"

#include "db/catalogue/isbnrepair.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int firstYear = -5000;
constexpr int lastYear = 2999;

QString tr(const char *text)
{
    return QCoreApplication::translate("BookImport", text);
}

const QHash<QString, QLocale::Language> &languagesByName()
{
    static const QHash<QString, QLocale::Language> names = [] {
        QHash<QString, QLocale::Language> all;
        for (int i = QLocale::C + 1; i <= QLocale::LastLanguage; ++i) {
            const auto language = static_cast<QLocale::Language>(i);
            all.insert(QLocale::languageToString(language).toLower(), language);
        }
        return all;
    }();
    return names;
}

/// The code of ISO 639-2 that libraries use, else the one of ISO 639-3.
QString libraryCode(QLocale::Language language)
{
    QString code = QLocale::languageToCode(language, QLocale::ISO639Part2B);
    if (code.isEmpty())
        code = QLocale::languageToCode(language, QLocale::ISO639Part3);
    return code.isEmpty() ? QLocale::languageToCode(language) : code;
}

QString isbnNote(const FoundIsbn &found)
{
    const QString cell = found.cell.left(40);
    switch (found.remark) {
    case FoundIsbn::Remark::None:
        return {};
    case FoundIsbn::Remark::Wrong:
        return found.isbn13.isEmpty()
                   ? tr("ISBN left out: %1 is not one, a digit is wrong, missing or too many.").arg(cell)
                   : tr("%1 is not an ISBN and was not used; %2 was taken.").arg(cell, found.isbn13);
    case FoundIsbn::Remark::LostDigits:
        return found.candidates == 0
                   ? tr("ISBN left out: %1 has lost digits, and no ISBN fits what is left.").arg(cell)
                   : tr("ISBN left out: %1 has lost digits, and %2 ISBNs fit what is left.")
                         .arg(cell)
                         .arg(found.candidates);
    case FoundIsbn::Remark::Disagree:
        return tr("The two ISBNs differ: %1 was not used, %2 was taken.").arg(cell, found.isbn13);
    }
    return {};
}

bool isTooLong(const QStringList &names, qsizetype most)
{
    return std::any_of(names.cbegin(), names.cend(),
                       [most](const QString &name) { return name.size() > most; });
}

/// What the database would refuse.
QString problemOf(const CleanBook &book)
{
    if (book.title.isEmpty())
        return tr("The title is missing.");
    if (book.title.size() > 2000 || book.subtitle.size() > 2000 || book.otherTitle.size() > 2000)
        return tr("A title has more than 2,000 characters.");
    if (book.authors.size() > 200)
        return tr("The row names more than 200 authors.");
    if (book.categories.size() > 100)
        return tr("The row names more than 100 categories.");
    if (isTooLong(book.authors, 300))
        return tr("The name of an author has more than 300 characters.");
    if (isTooLong(book.categories, 200))
        return tr("The name of a category has more than 200 characters.");
    return {};
}

QStringList splitAtCommas(const QString &cell)
{
    static const QRegularExpression suffix(
        u"^(?:jr|sr|ph\\.?\\s?d|m\\.?\\s?d|d\\.?\\s?d\\.?s|esq|m\\.?b\\.?a|ed\\.?d|r\\.?n|s\\.?j|ii|iii|iv|2nd|3rd)\\.?$"_s,
        QRegularExpression::CaseInsensitiveOption);
    QStringList names;
    const QStringList parts = cell.split(u',');
    for (const QString &part : parts) {
        const QString name = part.simplified();
        if (!names.isEmpty() && suffix.match(name).hasMatch())
            names.last() += ", "_L1 + name;
        else
            names << name;
    }
    return names;
}

} // namespace

QString cleanText(const QString &cell)
{
    QString text;
    text.reserve(cell.size());
    for (const QChar c : cell) {
        const char16_t code = c.unicode();
        if (code == 0xFEFF || code == 0x200B || (code >= 0xFDD0 && code <= 0xFDEF) || code >= 0xFFFE)
            continue;
        text += c.category() == QChar::Other_Control ? u' ' : c;
    }
    text = text.normalized(QString::NormalizationForm_C).simplified();
    static const QRegularExpression guarded(u"^'+[=+\\-@]"_s);
    if (text.startsWith(u'\'') && guarded.match(text).hasMatch())
        text.remove(0, 1);
    return text;
}

QStringList splitNames(const QString &cell)
{
    // A semicolon that belongs to a name is written "\;".
    constexpr QChar kept(0xE000);
    QString text = cleanText(cell);
    text.replace("\\;"_L1, QString(kept));
    QStringList parts = text.contains(u';')   ? text.split(u';')
                        : text.contains(u'|') ? text.split(u'|')
                                              : splitAtCommas(text);
    QStringList names;
    for (QString &part : parts) {
        part.replace(kept, u';');
        const QString name = part.simplified();
        if (!name.isEmpty() && !names.contains(name))
            names << name;
    }
    return names;
}

std::optional<int> yearOf(const QString &cell)
{
    static const QRegularExpression form(
        u"^(?:\\[|\\(|©|c\\.?|ca\\.?|circa)?\\s*([-−]?\\d{1,4})(?:[.,]0*)?(?:-\\d\\d?(?:-\\d\\d?)?(?:[T "
        u"].*)?)?"
        u"\\s*(BCE?|B\\.C\\.(?:E\\.)?|v\\.?\\s?Chr\\.?|a\\.?\\s?C\\.?|av\\.?\\s?J\\.?-?C\\.?)?[\\])?]?$"_s,
        QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(cleanText(cell));
    if (!match.hasMatch())
        return std::nullopt;
    QString digits = match.captured(1);
    digits.replace(QChar(0x2212), u'-');
    int year = digits.toInt();
    if (!match.captured(2).isEmpty())
        year = -std::abs(year);
    return year >= firstYear && year <= lastYear ? std::optional(year) : std::nullopt;
}

QString languageCodeOf(const QString &cell)
{
    static const QRegularExpression tag(u"^([a-z]{2,3})(?:[-_].*)?$"_s);
    const QString text = cleanText(cell).toLower();
    const auto match = tag.match(text);
    if (!match.hasMatch()) {
        const auto named = languagesByName().constFind(text);
        return named == languagesByName().cend() ? QString() : libraryCode(*named);
    }
    const QString code = match.captured(1);
    if (code == "und"_L1)
        return {};
    const QLocale::Language language = QLocale::codeToLanguage(code);
    if (language == QLocale::AnyLanguage || language == QLocale::C)
        return code;
    // A code of three letters that libraries use stays: Qt knows fewer languages than they do.
    const QString library = libraryCode(language);
    return code.size() == 3 && QLocale::languageToCode(language, QLocale::ISO639Part2T) != code ? code
                                                                                                : library;
}

QStringList languageCodes(const QString &code)
{
    QStringList codes{code};
    const QLocale::Language language = QLocale::codeToLanguage(code);
    if (language == QLocale::AnyLanguage || language == QLocale::C)
        return codes;
    for (const auto part :
         {QLocale::ISO639Part1, QLocale::ISO639Part2B, QLocale::ISO639Part2T, QLocale::ISO639Part3}) {
        const QString other = QLocale::languageToCode(language, part);
        if (!other.isEmpty() && !codes.contains(other))
            codes << other;
    }
    return codes;
}

QString withoutSeries(const QString &title)
{
    static const QRegularExpression series(u"\\s*\\([^()]*#[^()]*\\)\\s*$"_s);
    QString rest = title;
    rest.remove(series);
    return rest;
}

CleanBook cleanBook(const BookColumns &columns, const QByteArrayList &cells)
{
    const auto text = [&](BookField field) { return cleanText(columns.text(cells, field)); };
    CleanBook book;
    book.id = QUuid(text(BookField::Id)); // other programs' numbers are none
    book.title = text(BookField::Title);
    book.subtitle = text(BookField::Subtitle);
    book.publisher = text(BookField::Publisher);
    book.authors = splitNames(columns.text(cells, BookField::Authors));
    book.authors += splitNames(columns.text(cells, BookField::MoreAuthors));
    book.authors.removeDuplicates();
    book.categories = splitNames(columns.text(cells, BookField::Categories));

    const QString year = text(BookField::Year);
    book.year = yearOf(year);
    if (book.year == 0)
        book.year.reset();
    else if (!book.year && !year.isEmpty())
        book.notes << tr("Year left out: “%1” is not one.").arg(year.left(40));

    const QString language = text(BookField::Language);
    book.language = languageCodeOf(language);
    if (!book.language.isEmpty())
        book.languages = languageCodes(book.language);
    else if (!language.isEmpty() && language != "und"_L1)
        book.notes << tr("Language left out: “%1” is not one.").arg(language.left(40));

    const QString original = text(BookField::OriginalTitle);
    if (original.compare(book.title, Qt::CaseInsensitive) != 0 &&
        original.compare(withoutSeries(book.title), Qt::CaseInsensitive) != 0)
        book.otherTitle = original;

    const FoundIsbn isbn =
        findIsbn(columns.text(cells, BookField::Isbn10), columns.text(cells, BookField::Isbn13));
    book.isbn13 = isbn.isbn13;
    book.isbnGuessed = isbn.isGuessed;
    if (isbn.remark != FoundIsbn::Remark::None)
        book.notes << isbnNote(isbn);
    book.problem = problemOf(book);
    return book;
}

} // namespace Branchline
