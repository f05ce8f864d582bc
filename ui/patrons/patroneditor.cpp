// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/patroneditor.h"

#include "models/editing/datetext.h"
#include "ui/editing/editorfoot.h"
#include "ui/editing/editorhead.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/tokenfield.h"

#include <QComboBox>
#include <QLineEdit>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

PatronEditor::PatronEditor(PatronSession *session, QWidget *parent)
    : EditorSheet(session, tr("Patrons"), parent)
    , m_patron(session)
{
    setAccessibleName(tr("Form of a patron"));
    auto *given = new QLineEdit;
    FieldRow *names = addText(u"family"_s, new QLineEdit);
    joinText(names, u"given"_s, given, 1);
    addMembership();
    addContact();
    addSection(u"person"_s, u"patrons"_s, tr("Person"), {u"family"_s, u"given"_s, u"born"_s},
               field(u"family"_s));
    addSection(u"cards"_s, u"card"_s, tr("Cards"), {u"cards"_s}, m_cards);
    addSection(u"membership"_s, u"calendar"_s, tr("Membership"),
               {u"type"_s, u"branch"_s, u"expires"_s, u"account"_s}, field(u"type"_s));
    addSection(u"contact"_s, u"mail"_s, tr("Contact"), {u"email"_s, u"phone"_s, u"address"_s},
               field(u"email"_s));
    head()->addButton(removeButton());
    connect(session, &PatronSession::choicesKnown, this, &PatronEditor::showTypes);
    showTypes();
    showFacts();
}

void PatronEditor::addMembership()
{
    m_cards = new TokenField(tr("Scan a card"));
    m_cards->setNotes({{u"valid"_s, tr("valid")}, {u"blocked"_s, tr("blocked")}});
    addField(u"cards"_s, m_cards, [this](const QVariant &value) {
        QList<TokenText> tokens;
        for (const PatronCard &card : value.value<QList<PatronCard>>())
            tokens.append({card.number, card.active ? u"valid"_s : u"blocked"_s,
                           card.active ? tr("valid") : tr("blocked")});
        m_cards->setTokens(tokens);
    });
    connect(m_cards, &TokenField::tokensEdited, this, [this] {
        QList<PatronCard> cards;
        for (const TokenText &token : m_cards->tokens())
            cards.append({token.text, token.noteKey != "blocked"_L1});
        m_patron->edit(u"cards"_s, QVariant::fromValue(cards));
        m_patron->leave(u"cards"_s); // a scanned number is complete: say at once when somebody has it
    });
    connect(m_cards, &TokenField::finished, this, [this] { focusNextChild(); });

    m_type = new QComboBox;
    m_type->setMinimumContentsLength(14);
    FieldRow *kind = addChoice(u"type"_s, m_type);
    auto *branch = new QComboBox;
    branch->setMinimumContentsLength(14);
    for (const auto &[id, name] : m_patron->branches())
        branch->addItem(name, id);
    joinChoice(kind, u"branch"_s, branch, 1);

    const auto date = [] {
        auto *line = new QLineEdit;
        line->setFixedWidth(130);
        line->setMaxLength(24);
        line->setPlaceholderText(dateText(QDate(1990, 12, 31)));
        return line;
    };
    FieldRow *dates = addText(u"born"_s, date(), 0);
    auto *expires = date();
    expires->setPlaceholderText(tr("no end"));
    joinText(dates, u"expires"_s, expires);
    auto *account = new QComboBox;
    account->addItem(tr("Open"), u"open"_s);
    account->addItem(tr("Closed"), u"closed"_s);
    joinChoice(dates, u"account"_s, account);
}

void PatronEditor::addContact()
{
    FieldRow *row = addText(u"email"_s, new QLineEdit, 3);
    joinText(row, u"phone"_s, new QLineEdit, 2);
    addArea(u"address"_s, new TextArea(3));
}

void PatronEditor::showTypes()
{
    const QString chosen = m_patron->text(u"type"_s);
    m_type->clear();
    for (const CodeName &type : m_patron->types())
        m_type->addItem(type.name, type.code);
    if (m_type->findData(chosen) < 0)
        m_type->addItem(chosen, chosen);
    m_type->setCurrentIndex(m_type->findData(chosen));
}

QString PatronEditor::subject() const
{
    return tr("this patron");
}

int PatronEditor::countOf(const QString &section) const
{
    return section == "cards"_L1
               ? static_cast<int>(m_patron->value(section).value<QList<PatronCard>>().size())
               : -1;
}

void PatronEditor::showFacts()
{
    const bool isNew = m_patron->isNew();
    const QString name = (m_patron->text(u"given"_s) + u' ' + m_patron->text(u"family"_s)).simplified();
    head()->setTitle(name.isEmpty() ? (isNew ? tr("New patron") : tr("Patron without a name")) : name,
                     m_patron->isRemoved() ? tr("Removed")
                     : isNew               ? tr("New")
                                           : tr("Editing"));
    foot()->setSaveText(isNew ? tr("Register") : tr("Save"));
    if (isNew) {
        checks()->setFacts({});
        return;
    }
    const Revision &revision = m_patron->revision();
    checks()->setFacts({{tr("Changed"), tr("%1, %2", "date and person")
                                            .arg(QLocale().toString(revision.changedAt.toLocalTime().date(),
                                                                    u"d MMM yyyy"_s),
                                                 revision.changedBy)},
                        {tr("Version"), QString::number(revision.version)}});
}

} // namespace Branchline
