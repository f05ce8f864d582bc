// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronsession.h"

#include "models/editing/datetext.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Branchline {

PatronSession::PatronSession(Cluster &cluster, const QUuid &id, const QUuid &branch, QObject *parent)
    : RecordSession(parent)
    , m_cluster(cluster)
{
    addField(u"family"_s, tr("Family name"));
    addField(u"given"_s, tr("Given name"));
    addField(u"cards"_s, tr("Cards"), QVariant::fromValue(QList<PatronCard>()));
    addField(u"type"_s, tr("Kind"), u"adult"_s);
    addField(u"branch"_s, tr("Home branch"), branch.toString(QUuid::WithoutBraces));
    addField(u"email"_s, tr("E-mail"));
    addField(u"phone"_s, tr("Phone"));
    addField(u"address"_s, tr("Address"));
    addField(u"born"_s, tr("Born"));
    addField(u"expires"_s, tr("Valid until"));
    addField(u"account"_s, tr("Account"), u"open"_s);
    m_record.id = id;
    if (id.isNull()) {
        m_record.id = newUuid();
        startNew();
    }
    watch(userTypes(cluster), this, [this](const Result<std::vector<CodeName>> &types) {
        if (types) {
            m_types = *types;
            Q_EMIT choicesKnown();
        }
    });
}

QList<std::pair<QString, QString>> PatronSession::branches() const
{
    QList<std::pair<QString, QString>> list;
    const DirectoryPtr directory = m_cluster.directory();
    for (const BranchEntry &branch : directory->branches())
        list.append({branch.id.toString(QUuid::WithoutBraces), branch.name});
    return list;
}

QList<PatronCard> PatronSession::cards() const
{
    return value(u"cards"_s).value<QList<PatronCard>>();
}

void PatronSession::leave(const QString &key)
{
    EditSession::leave(key);
    if (key == "cards"_L1)
        checkCards();
}

void PatronSession::checkCards()
{
    for (const PatronCard &card : cards()) {
        if (m_record.cards.contains(card) || m_holders.contains(card.number))
            continue;
        m_holders.insert(card.number, {});
        watch(findPatron(m_cluster, card.number), this,
              [this, number = card.number](const Result<std::optional<Patron>> &holder) {
                  if (!holder) {
                      m_holders.remove(number); // saving asks again
                      return;
                  }
                  if (*holder && (*holder)->id != m_record.id)
                      m_holders.insert(number, (*holder)->displayName);
                  Q_EMIT problemsChanged();
              });
    }
}

std::optional<FieldProblem> PatronSession::cardsProblem() const
{
    const QList<PatronCard> list = cards();
    if (list.isEmpty() && isNew())
        return FieldProblem{tr("Scan the card that the patron gets."), {}, {}};
    for (const PatronCard &card : list) {
        if (card.number.size() > 64)
            return FieldProblem{tr("A card number has at most 64 characters."), {}, {}};
        if (const QString holder = m_holders.value(card.number); !holder.isEmpty())
            return FieldProblem{tr("The card %1 belongs to %2. Take it out, or give the patron another card.")
                                    .arg(card.number, holder),
                                {},
                                {}};
    }
    return std::nullopt;
}

std::optional<FieldProblem> PatronSession::bornProblem() const
{
    const QString typed = text(u"born"_s).trimmed();
    const QDate date = dateIn(typed);
    if (typed.isEmpty())
        return std::nullopt;
    if (!date.isValid())
        return FieldProblem{
            tr("Write the date such as %1 or 1990-12-31.").arg(dateText(QDate(1990, 12, 31))), {}, {}};
    if (date > QDate::currentDate())
        return FieldProblem{tr("This day is still to come. Check the year."), {}, {}};
    if (date.year() < 1850)
        return FieldProblem{tr("This is too long ago. Check the year."), {}, {}};
    return std::nullopt;
}

std::optional<FieldProblem> PatronSession::check(const QString &key) const
{
    static const QRegularExpression address(u"^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$"_s);
    if (key == "family"_L1 && text(key).simplified().isEmpty())
        return FieldProblem{
            tr("A patron needs a family name. Somebody with one name only has it here."), {}, {}};
    if ((key == "family"_L1 || key == "given"_L1) && text(key).size() > 200)
        return FieldProblem{tr("A name has at most 200 characters."), {}, {}};
    if (key == "cards"_L1)
        return cardsProblem();
    if (key == "branch"_L1 && QUuid(text(key)).isNull())
        return FieldProblem{tr("Choose the branch where the patron is at home."), {}, {}};
    if (key == "email"_L1 && !text(key).trimmed().isEmpty() && !address.match(text(key).trimmed()).hasMatch())
        return FieldProblem{tr("An e-mail address looks like name@example.org."), {}, {}};
    if (key == "born"_L1)
        return bornProblem();
    if (key == "expires"_L1 && !text(key).trimmed().isEmpty() && !dateIn(text(key)).isValid())
        return FieldProblem{
            tr("Write the date such as %1, or leave it empty when the membership does not end.")
                .arg(dateText(QDate(QDate::currentDate().year() + 1, 12, 31))),
            {},
            {}};
    return std::nullopt;
}

bool PatronSession::isSame(const QString &key, const QVariant &a, const QVariant &b) const
{
    if (key == "born"_L1 || key == "expires"_L1) {
        const QDate left = dateIn(a.toString());
        if (left.isValid() && left == dateIn(b.toString()))
            return true;
    }
    if (key == "address"_L1)
        return a.toString().trimmed() == b.toString().trimmed();
    return EditSession::isSame(key, a, b);
}

QString PatronSession::shown(const QString &key, const QVariant &value) const
{
    if (key == "account"_L1)
        return value.toString() == "closed"_L1 ? tr("Closed") : tr("Open");
    if (key == "cards"_L1) {
        QStringList numbers;
        for (const PatronCard &card : value.value<QList<PatronCard>>())
            numbers << (card.active ? card.number : tr("%1 (blocked)", "a card").arg(card.number));
        return numbers.join(", "_L1);
    }
    if (key == "type"_L1) {
        for (const CodeName &type : m_types) {
            if (type.code == value.toString())
                return type.name;
        }
    }
    if (key == "branch"_L1) {
        for (const auto &[id, name] : branches()) {
            if (id == value.toString())
                return name;
        }
    }
    return EditSession::shown(key, value);
}

QVariantMap PatronSession::valuesOf(const PatronRecord &record) const
{
    return {{u"family"_s, record.familyName},
            {u"given"_s, record.givenName},
            {u"cards"_s, QVariant::fromValue(record.cards)},
            {u"type"_s, record.typeCode},
            {u"branch"_s, record.homeBranch.toString(QUuid::WithoutBraces)},
            {u"email"_s, record.email},
            {u"phone"_s, record.phone},
            {u"address"_s, record.address},
            {u"born"_s, dateText(record.bornOn)},
            {u"expires"_s, dateText(record.expiresOn)},
            {u"account"_s, record.active ? u"open"_s : u"closed"_s}};
}

PatronRecord PatronSession::editedRecord() const
{
    PatronRecord record = m_record;
    record.familyName = text(u"family"_s).simplified();
    record.givenName = text(u"given"_s).simplified();
    record.cards = cards();
    record.typeCode = text(u"type"_s);
    record.homeBranch = QUuid(text(u"branch"_s));
    record.email = text(u"email"_s).trimmed();
    record.phone = text(u"phone"_s).simplified();
    record.address = text(u"address"_s).trimmed();
    record.bornOn = dateIn(text(u"born"_s));
    record.expiresOn = dateIn(text(u"expires"_s));
    record.active = text(u"account"_s) != "closed"_L1;
    return record;
}

QFuture<Result<PatronRecord>> PatronSession::callRead()
{
    return readPatronRecord(m_cluster, m_record.id);
}

QFuture<PatronSession::Answer> PatronSession::callCreate(const PatronRecord &record)
{
    return registerPatron(m_cluster, record);
}

QFuture<PatronSession::Answer> PatronSession::callUpdate(const PatronRecord &record, qint64 version)
{
    return updatePatron(m_cluster, record, version);
}

QFuture<PatronSession::Answer> PatronSession::callRemove()
{
    return removePatron(m_cluster, m_record.id, revision().version);
}

QFuture<PatronSession::Answer> PatronSession::callRestore()
{
    return restorePatron(m_cluster, m_record.id);
}

Notice PatronSession::refusalNotice(const Saved<PatronRecord> &answer) const
{
    const QString &code = answer.refusal.code;
    const QString &subject = answer.refusal.subject;
    if (code == "card_taken"_L1 && answer.refusal.other.isNull())
        return {Notice::Kind::Warning, tr("The card %1 belongs to a patron of another branch.").arg(subject),
                tr("Take the card out, or look up its patron at the desk.")};
    if (code == "card_taken"_L1)
        return {Notice::Kind::Warning,
                tr("The card %1 belongs to another patron.").arg(subject),
                tr("Take the card out, or go on with that patron."),
                Notice::Action::OpenOther,
                tr("Open that patron"),
                answer.refusal.other};
    if (code == "open_loans"_L1)
        return {
            Notice::Kind::Warning,
            subject == "1"_L1 ? tr("This patron still has 1 loan.")
                              : tr("This patron still has %1 loans.").arg(subject),
            tr("Check the copies in first. The account can be closed meanwhile: then nothing more is lent.")};
    if (code == "shards_missing"_L1)
        return {
            Notice::Kind::Warning, tr("%1 does not answer.").arg(subject),
            tr("Whether this patron has loans there is not known. Remove the patron when all shards answer; "
               "closing the account works at once.")};
    return removedNotice();
}

Notice PatronSession::removedNotice() const
{
    return {Notice::Kind::Warning, tr("This patron has been removed."),
            tr("Nothing is lent on the cards any more. Restore brings back the patron and the cards."),
            Notice::Action::Restore, tr("Restore")};
}

} // namespace Branchline
