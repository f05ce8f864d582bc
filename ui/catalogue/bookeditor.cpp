// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/bookeditor.h"

#include "models/editing/isbncheck.h"
#include "ui/catalogue/translationtable.h"
#include "ui/editing/editorfoot.h"
#include "ui/editing/editorhead.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/languagebox.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/tokenfield.h"
#include "ui/widgets/typography.h"

#include <QLineEdit>
#include <QLocale>
#include <QShortcut>

using namespace Qt::StringLiterals;

namespace Branchline {

BookEditor::BookEditor(BookSession *session, QWidget *parent)
    : EditorSheet(session, tr("Catalogue"), parent)
    , m_book(session)
{
    setAccessibleName(tr("Form of a book"));
    addTitleRows();
    addPeople();
    addPublication();
    addSubjects();
    addParts();
    connect(session, &BookSession::twinsChanged, this, &BookEditor::showFacts);
    showFacts();
}

void BookEditor::addTitleRows()
{
    addText(u"title"_s, new QLineEdit);
    addText(u"subtitle"_s, new QLineEdit);
    auto *isbn = new QLineEdit;
    isbn->setFixedWidth(258);
    isbn->setLayoutDirection(Qt::LeftToRight);
    isbn->setMaxLength(40);
    m_isbnRow = addText(u"isbn"_s, isbn, 0);
}

void BookEditor::addPeople()
{
    m_authors = new TokenField(tr("Add a name"));
    QList<std::pair<QString, QString>> roles;
    for (const QString &role : authorRoles())
        roles.append({role, roleName(role)});
    m_authors->setNotes(roles);
    addField(u"authors"_s, m_authors, [this](const QVariant &value) {
        QList<TokenText> tokens;
        for (const BookAuthor &author : value.value<QList<BookAuthor>>())
            tokens.append({author.name, author.role, roleName(author.role)});
        m_authors->setTokens(tokens);
    });
    connect(m_authors, &TokenField::tokensEdited, this, [this] {
        QList<BookAuthor> authors;
        for (const TokenText &token : m_authors->tokens())
            authors.append({token.text, token.noteKey});
        m_book->edit(u"authors"_s, QVariant::fromValue(authors));
    });
    connect(m_authors, &TokenField::typed, m_book, &BookSession::suggestAuthors);
    connect(m_authors, &TokenField::finished, this, [this] { focusNextChild(); });
    connect(m_book, &BookSession::authorsSuggested, this,
            [this](const QString &typed, const QStringList &names) {
                if (m_authors->input()->text() == typed)
                    m_authors->setSuggestions(names);
            });
}

void BookEditor::addPublication()
{
    auto *language = new LanguageBox;
    FieldRow *row = addField(
        u"language"_s, language, [language](const QVariant &value) { language->setCode(value.toString()); },
        3);
    connect(language, &QComboBox::activated, this,
            [this, language] { m_book->edit(u"language"_s, language->code()); });
    auto *year = new QLineEdit;
    year->setFixedWidth(88);
    year->setMaxLength(8);
    joinText(row, u"year"_s, year);
    joinText(row, u"publisher"_s, new QLineEdit, 4);
}

void BookEditor::addSubjects()
{
    m_categories = new TokenField(tr("Add a category"));
    m_categories->setCommaEnds(true);
    addField(u"categories"_s, m_categories, [this](const QVariant &value) {
        QList<TokenText> tokens;
        for (const QString &name : value.toStringList())
            tokens.append({name, {}, {}});
        m_categories->setTokens(tokens);
    });
    connect(m_categories, &TokenField::tokensEdited, this, [this] {
        QStringList names;
        for (const TokenText &token : m_categories->tokens())
            names << token.text;
        m_book->edit(u"categories"_s, names);
    });
    connect(m_categories, &TokenField::finished, this, [this] { focusNextChild(); });
    const auto suggest = [this] { m_categories->setSuggestions(m_book->categoryNames()); };
    connect(m_book, &BookSession::categoriesKnown, this, suggest);
    suggest();

    addArea(u"description"_s, new TextArea(3));
    m_translations = new TranslationTable;
    addWidget(m_translations);
    joinBelow(u"translations"_s, m_translations, [this](const QVariant &value) {
        m_translations->setTranslations(value.value<QList<BookTranslation>>());
    });
    connect(m_translations, &TranslationTable::edited, this,
            [this] { m_book->edit(u"translations"_s, QVariant::fromValue(m_translations->translations())); });
    connect(new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_T), this, nullptr, nullptr,
                          Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, m_translations, &TranslationTable::addRow);
}

void BookEditor::addParts()
{
    addSection(
        u"book"_s, u"book"_s, tr("Book"),
        {u"title"_s, u"subtitle"_s, u"isbn"_s, u"language"_s, u"year"_s, u"publisher"_s, u"description"_s},
        field(u"title"_s));
    addSection(u"authors"_s, u"patrons"_s, tr("Authors"), {u"authors"_s}, m_authors);
    addSection(u"categories"_s, u"filter"_s, tr("Categories"), {u"categories"_s}, m_categories);
    addSection(u"translations"_s, u"globe"_s, tr("Translations"), {u"translations"_s}, m_translations);
    auto *copy = new Button(u"plus"_s, tr("Add copy"), {}, this);
    copy->setSmall(true);
    head()->addButton(copy);
    head()->addButton(removeButton()); // the dangerous one is never first
    connect(copy, &Button::clicked, this,
            [this] { leave([this] { Q_EMIT addCopyRequested(m_book->record().id); }); });
    connect(m_book, &EditSession::stateChanged, copy,
            [this, copy] { copy->setVisible(!m_book->isNew() && !m_book->isRemoved()); });
    copy->setVisible(!m_book->isNew());
}

QString BookEditor::subject() const
{
    return tr("this book");
}

int BookEditor::countOf(const QString &section) const
{
    if (section == "authors"_L1)
        return static_cast<int>(m_book->value(section).value<QList<BookAuthor>>().size());
    if (section == "categories"_L1)
        return static_cast<int>(m_book->value(section).toStringList().size());
    if (section == "translations"_L1)
        return static_cast<int>(m_book->value(section).value<QList<BookTranslation>>().size());
    return -1;
}

QList<CheckPane::Line> BookEditor::moreChecks() const
{
    QList<CheckPane::Line> lines;
    for (const BookTwin &twin : m_book->twins()) {
        if (twin.sameIsbn)
            lines.append({u"merge"_s,
                          Status::Overdue,
                          {},
                          tr("“%1” has the same ISBN.").arg(twin.title),
                          tr("Open that book"),
                          twin.id.toString(QUuid::WithoutBraces)});
        else
            lines.append({u"merge"_s,
                          Status::Overdue,
                          {},
                          tr("A book with the same title, author and year exists."),
                          tr("Open that book"),
                          twin.id.toString(QUuid::WithoutBraces)});
    }
    return lines;
}

void BookEditor::showFacts()
{
    const QString title = m_book->text(u"title"_s).simplified();
    const bool isNew = m_book->isNew();
    head()->setTitle(title.isEmpty() ? (isNew ? tr("New book") : tr("Book without a title")) : title,
                     m_book->isRemoved() ? tr("Removed")
                     : isNew             ? tr("New")
                                         : tr("Editing"));
    foot()->setSaveText(isNew ? tr("Add book") : tr("Save"));
    const QString ten = isbn10(m_book->text(u"isbn"_s));
    if (m_isbnRow)
        m_isbnRow->setRemark(ten.isEmpty() ? QString() : tr("ISBN-10: %1").arg(isolated(ten)));
    if (isNew) {
        checks()->setFacts({});
        return;
    }
    const Revision &revision = m_book->revision();
    const int copies = m_book->record().copies;
    checks()->setFacts({{tr("Changed"), tr("%1, %2", "date and person")
                                            .arg(QLocale().toString(revision.changedAt.toLocalTime().date(),
                                                                    u"d MMM yyyy"_s),
                                                 revision.changedBy)},
                        {tr("Version"), QString::number(revision.version)},
                        {tr("Copies"), copies == 0 ? tr("None yet") : QString::number(copies)}});
}

} // namespace Branchline
