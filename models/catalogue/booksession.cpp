// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/booksession.h"

#include "db/catalogue/isbn.h"
#include "models/catalogue/bookmodel.h"
#include "models/editing/isbncheck.h"

#include <QDate>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const QStringList twinKeys{u"title"_s, u"isbn"_s, u"authors"_s, u"year"_s};

QList<BookAuthor> authorsIn(const QVariant &value)
{
    return value.value<QList<BookAuthor>>();
}

QList<BookTranslation> translationsIn(const QVariant &value)
{
    return value.value<QList<BookTranslation>>();
}

/// Also “350 BC”; 0 when it is no year.
int yearIn(const QString &typed)
{
    const QString text = typed.trimmed();
    const QString era = BookModel::tr("%1 BC").remove(u"%1"_s).trimmed();
    for (const QString &ending : {u"BC"_s, era}) {
        if (text.endsWith(ending, Qt::CaseInsensitive))
            return -QStringView(text).chopped(ending.size()).trimmed().toInt();
    }
    return text.toInt();
}

QString shownIsbn(const QString &isbn)
{
    return isbn.size() == 13 ? isbn.left(3) + u'-' + isbn.mid(3) : isbn;
}

} // namespace

BookSession::BookSession(Cluster &cluster, const QUuid &id, QObject *parent)
    : RecordSession(parent)
    , m_cluster(cluster)
{
    addField(u"title"_s, tr("Title"));
    addField(u"subtitle"_s, tr("Subtitle"));
    addField(u"isbn"_s, tr("ISBN"));
    addField(u"authors"_s, tr("Authors"), QVariant::fromValue(QList<BookAuthor>()));
    addField(u"language"_s, tr("Language"));
    addField(u"year"_s, tr("Year"));
    addField(u"publisher"_s, tr("Publisher"));
    addField(u"categories"_s, tr("Categories"), QStringList());
    addField(u"description"_s, tr("Description"));
    addField(u"translations"_s, tr("Translations"), QVariant::fromValue(QList<BookTranslation>()));
    m_record.id = id;
    if (id.isNull()) {
        m_record.id = newUuid();
        startNew();
    }
    watch(Branchline::categoryNames(cluster), this, [this](const Result<QStringList> &names) {
        if (names) {
            m_categories = *names;
            Q_EMIT categoriesKnown();
        }
    });
}

void BookSession::leave(const QString &key)
{
    EditSession::leave(key);
    if (twinKeys.contains(key))
        lookForTwins();
}

void BookSession::lookForTwins()
{
    const BookRecord record = editedRecord();
    const QStringList asked{record.title.simplified(), isbn13(record.isbn13).value_or(QString()),
                            record.authors.isEmpty() ? QString() : record.authors.first().name,
                            QString::number(record.year)};
    if (asked == m_askedFor || (asked.at(0).isEmpty() && asked.at(1).isEmpty()))
        return;
    m_askedFor = asked;
    BookRecord question = record;
    question.isbn13 = asked.at(1);
    watch(bookTwins(m_cluster, question), this, [this, asked](const Result<std::vector<BookTwin>> &twins) {
        if (!twins || asked != m_askedFor)
            return; // only a warning; saving asks again
        m_twins = *twins;
        Q_EMIT twinsChanged();
        Q_EMIT problemsChanged();
    });
}

void BookSession::suggestAuthors(const QString &typed)
{
    watch(authorNames(m_cluster, typed), this, [this, typed](const Result<QStringList> &names) {
        if (names)
            Q_EMIT authorsSuggested(typed, *names);
    });
}

std::optional<FieldProblem> BookSession::check(const QString &key) const
{
    if (key == "title"_L1 && text(key).simplified().isEmpty())
        return FieldProblem{
            tr("A book needs a title. Take it from the title page, not from the cover."), {}, {}};
    if (key == "isbn"_L1) {
        if (const auto wrong = isbnProblem(text(key)))
            return wrong;
        for (const BookTwin &twin : m_twins) {
            if (twin.sameIsbn && isbn13(text(key)).value_or(QString()) == m_askedFor.value(1))
                return FieldProblem{
                    tr("“%1” has this ISBN already. Edit that book, or check the number.").arg(twin.title),
                    {},
                    {}};
        }
    }
    if (key == "year"_L1 && !text(key).trimmed().isEmpty()) {
        const int year = yearIn(text(key));
        const int last = QDate::currentDate().year() + 2;
        if (year < -5000 || year > last || year == 0)
            return FieldProblem{
                tr("The year is a number from -5000 to %1, such as 1983; -350 or 350 BC means 350 "
                   "before Christ. Leave it empty when it is not known.")
                    .arg(last),
                {},
                {}};
    }
    return key == "translations"_L1 ? translationsProblem() : std::nullopt;
}

std::optional<FieldProblem> BookSession::translationsProblem() const
{
    QStringList seen;
    for (const BookTranslation &text : translationsIn(value(u"translations"_s))) {
        const QString name = languageName(text.language);
        if (text.language.isEmpty())
            return FieldProblem{tr("A translation needs a language."), {}, {}};
        if (text.title.trimmed().isEmpty() && text.description.trimmed().isEmpty())
            return FieldProblem{tr("Enter the title in %1, or remove the row.").arg(name), {}, {}};
        if (text.language == this->text(u"language"_s))
            return FieldProblem{
                tr("%1 is the language of the book itself. Remove the row, or change the language.")
                    .arg(name),
                {},
                {}};
        if (seen.contains(text.language))
            return FieldProblem{tr("There are two rows for %1. Remove one of them.").arg(name), {}, {}};
        seen << text.language;
    }
    return std::nullopt;
}

bool BookSession::isComplete(const QString &key) const
{
    return key == "isbn"_L1 && isFullIsbn(text(key));
}

bool BookSession::isSame(const QString &key, const QVariant &a, const QVariant &b) const
{
    if (key == "isbn"_L1) {
        const auto left = isbn13(a.toString());
        const auto right = isbn13(b.toString());
        if (left && right)
            return *left == *right;
    }
    if (key == "description"_L1)
        return a.toString().trimmed() == b.toString().trimmed();
    return EditSession::isSame(key, a, b);
}

QString BookSession::shown(const QString &key, const QVariant &value) const
{
    QStringList parts;
    if (key == "authors"_L1) {
        for (const BookAuthor &author : authorsIn(value))
            parts << (author.role == "author"_L1 ? author.name
                                                 : tr("%1 (%2)", "a name and what the person did")
                                                       .arg(author.name, roleName(author.role)));
        return parts.join(", "_L1);
    }
    if (key == "translations"_L1) {
        for (const BookTranslation &text : translationsIn(value))
            parts << languageName(text.language) + ": "_L1 +
                         (text.title.isEmpty() ? tr("description only") : text.title);
        return parts.join(u'\n');
    }
    return key == "language"_L1 ? languageName(value.toString()) : EditSession::shown(key, value);
}

QVariantMap BookSession::valuesOf(const BookRecord &record) const
{
    return {{u"title"_s, record.title},
            {u"subtitle"_s, record.subtitle},
            {u"isbn"_s, shownIsbn(record.isbn13)},
            {u"authors"_s, QVariant::fromValue(record.authors)},
            {u"language"_s, record.language},
            {u"year"_s, record.year == 0 ? QString() : QString::number(record.year)},
            {u"publisher"_s, record.publisher},
            {u"categories"_s, record.categories},
            {u"description"_s, record.description},
            {u"translations"_s, QVariant::fromValue(record.translations)}};
}

BookRecord BookSession::editedRecord() const
{
    BookRecord record = m_record;
    record.title = text(u"title"_s).simplified();
    record.subtitle = text(u"subtitle"_s).simplified();
    record.isbn13 = isbn13(text(u"isbn"_s)).value_or(text(u"isbn"_s).trimmed());
    record.authors = authorsIn(value(u"authors"_s));
    record.language = text(u"language"_s);
    record.year = yearIn(text(u"year"_s));
    record.publisher = text(u"publisher"_s).simplified();
    record.categories = value(u"categories"_s).toStringList();
    record.description = text(u"description"_s).trimmed();
    record.translations = translationsIn(value(u"translations"_s));
    return record;
}

QFuture<Result<BookRecord>> BookSession::callRead()
{
    return readBookRecord(m_cluster, m_record.id);
}

QFuture<BookSession::Answer> BookSession::callCreate(const BookRecord &record)
{
    return createBook(m_cluster, record);
}

QFuture<BookSession::Answer> BookSession::callUpdate(const BookRecord &record, qint64 version)
{
    return updateBook(m_cluster, record, version);
}

QFuture<BookSession::Answer> BookSession::callRemove()
{
    return removeBook(m_cluster, m_record.id, revision().version);
}

QFuture<BookSession::Answer> BookSession::callRestore()
{
    return restoreBook(m_cluster, m_record.id);
}

Notice BookSession::refusalNotice(const Saved<BookRecord> &answer) const
{
    const QString &code = answer.refusal.code;
    if (code == "exists"_L1)
        return {Notice::Kind::Warning,
                tr("“%1” is in the catalogue already.").arg(answer.record.title),
                tr("Add copies to that book, or change title, author, year or ISBN when it is another one."),
                Notice::Action::OpenOther,
                tr("Open that book"),
                answer.refusal.other};
    if (code == "isbn_taken"_L1)
        return {Notice::Kind::Warning,
                tr("Another book has this ISBN now."),
                isRemoved() ? tr("Remove the ISBN there first, then restore this book.")
                            : tr("Check the number, or go on with that book."),
                Notice::Action::OpenOther,
                tr("Open that book"),
                answer.refusal.other};
    if (code == "copies"_L1)
        return {Notice::Kind::Warning,
                answer.record.copies == 1  ? tr("This book still has 1 copy.")
                : answer.record.copies > 1 ? tr("This book still has %1 copies.").arg(answer.record.copies)
                                           : tr("This book still has copies."),
                tr("Remove or withdraw the copies first, then the book.")};
    if (code == "shards_missing"_L1)
        return {Notice::Kind::Warning, tr("%1 does not answer.").arg(answer.refusal.subject),
                tr("Whether there are copies of this book is not known. Remove it when all shards answer.")};
    return {Notice::Kind::Warning, tr("Somebody has removed this book from the catalogue."),
            tr("Restore it, then save again; what you entered is still here."), Notice::Action::Restore,
            tr("Restore")};
}

Notice BookSession::removedNotice() const
{
    return {Notice::Kind::Warning, tr("This book has been removed from the catalogue."),
            tr("It is not found any more. Restore brings back all that belonged to it."),
            Notice::Action::Restore, tr("Restore")};
}

QString roleName(const QString &role)
{
    if (role == "author"_L1)
        return BookSession::tr("author");
    if (role == "translator"_L1)
        return BookSession::tr("translator");
    if (role == "editor"_L1)
        return BookSession::tr("editor");
    if (role == "illustrator"_L1)
        return BookSession::tr("illustrator");
    if (role == "narrator"_L1)
        return BookSession::tr("narrator");
    return role;
}

QStringList authorRoles()
{
    return {u"author"_s, u"translator"_s, u"editor"_s, u"illustrator"_s, u"narrator"_s};
}

} // namespace Branchline
