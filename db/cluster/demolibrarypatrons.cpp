// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibrarypatrons.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int patronCount = 400;

constexpr const char *givenNames[] = {
    "Tobias",   "Perpetua", "Thorvald", "Imke",    "Casimir", "Jocasta",  "Basil",    "Ottoline",  "Hester",
    "Leocadia", "Odalys",   "Quentin",  "Mirabel", "Anneke",  "Ignatius", "Philippa", "Evander",   "Rosamund",
    "Lysander", "Cordelia", "Barnaby",  "Isolde",  "Caspian", "Drusilla", "Ambrose",  "Seraphina", "Leopold",
    "Winifred", "Amadou",   "Noor",     "Yusuf",   "Xiomara", "Dariusz",  "Sunniva",  "Matteo",    "Keiko",
    "Zénaïde",  "Jürgen",   "Łucja",    "Søren",   "Inès",    "Gonçalo",  "Björk",    "Fionnuala"};

constexpr const char *familyBeginnings[] = {"Quill",   "Fern",    "Sallow", "Marrow",  "Otter",  "Harrow",
                                            "Bramble", "Thistle", "Ember",  "Hollow",  "Lark",   "Moss",
                                            "Wren",    "Copper",  "Candle", "Juniper", "Kettle", "Pebble",
                                            "Tansy",   "Lind",    "Brack",  "Fallow",  "Oxen",   "Willow"};
constexpr const char *familyEnds[] = {"feather", "whistle", "field",  "mole",   "gate",  "dew",   "vane",
                                      "wick",    "thorpe",  "berry",  "lock",   "water", "combe", "worth",
                                      "ridge",   "holme",   "bottom", "button", "pepper"};
constexpr const char *streets[] = {"Candlewick Row",    "Teapot Lane",      "Inkwell Street",
                                   "Bookbinders Yard",  "Lantern Hill",     "Marzipan Walk",
                                   "Weathercock Close", "Pennywhistle Road"};

struct Known
{
    const char *family;
    const char *given;
    const char *type;
    int branch;
};

// Those who appear in the handbook's pictures.
constexpr Known known[] = {
    {"Quillfeather", "Tobias", "young-adult", 1}, {"Lindqvane", "Perpetua", "adult", 0},
    {"Brackenridge", "Thorvald", "adult", 0},     {"Sallowfield", "Imke", "adult", 0},
    {"Retunda", "Casimir", "adult", 0},           {"Wymondley", "Jocasta", "teacher", 0},
    {"Ottermole", "Basil", "adult", 0},           {"Prewash", "Ottoline", "student", 0},
    {"Fallowdew", "Hester", "adult", 2},          {"Burr", "Leocadia", "student", 0},
    {"Fernwhistle", "Odalys", "adult", 0},        {"Harrowgate", "Quentin", "adult", 3},
    {"Oxenholme", "Mirabel", "child", 0},         {"Marrowby", "Anneke", "adult", 1},
};

constexpr const char *typeCodes[] = {"adult", "child", "young-adult", "student", "teacher"};
constexpr int typeWeights[] = {46, 22, 14, 12, 6};
constexpr int branchWeights[] = {27, 22, 18, 14, 11, 8};

QDate birthday(DemoRandom &random, const QString &type, QDate day)
{
    int least = 20;
    int most = 84;
    if (type == "child"_L1) {
        least = 5;
        most = 11;
    } else if (type == "young-adult"_L1) {
        least = 13;
        most = 17;
    } else if (type == "student"_L1) {
        least = 19;
        most = 27;
    } else if (type == "teacher"_L1) {
        least = 27;
        most = 63;
    }
    return day.addYears(-random.between(least, most)).addDays(-random.below(360));
}

/// A letter without its accent, for an e-mail address.
QString plain(const QString &name)
{
    QString text;
    for (const QChar c : name.normalized(QString::NormalizationForm_KD)) {
        if (c.unicode() < 128)
            text += c.toLower();
    }
    return text.isEmpty() ? u"reader"_s : text;
}

class Registry
{
public:
    Registry(DemoRandom &random, const std::vector<DemoBranch> &branches, QDate day)
        : m_random(random)
        , m_branches(branches)
        , m_day(day)
    {}

    DemoPatron next()
    {
        const auto index = static_cast<int>(m_names.size());
        DemoPatron patron;
        name(patron, index);
        const QDateTime registered(QDate(2024, 1, 2), QTime(9, 0).addSecs(index * 60), Qt::UTC);
        patron.id = m_random.id(registered);
        patron.bornOn = birthday(m_random, patron.type, m_day);
        patron.expiresOn = m_day.addDays(m_random.between(20, 700));
        contact(patron, index);
        cards(patron, index);
        if (index >= static_cast<int>(std::size(known)))
            trouble(patron, index);
        else if (index == 0)
            block(patron, u"lost-copy"_s, u"Lost a borrowed atlas"_s, 8);
        return patron;
    }

private:
    void name(DemoPatron &patron, int index)
    {
        if (index < static_cast<int>(std::size(known))) {
            patron.familyName = QString::fromUtf8(known[index].family);
            patron.givenName = QString::fromUtf8(known[index].given);
            patron.type = QString::fromUtf8(known[index].type);
            patron.branch = known[index].branch;
            m_names.insert(patron.familyName + patron.givenName);
            return;
        }
        do {
            patron.givenName = QString::fromUtf8(givenNames[m_random.below(std::size(givenNames))]);
            patron.familyName =
                QString::fromUtf8(familyBeginnings[m_random.below(std::size(familyBeginnings))]) +
                QString::fromUtf8(familyEnds[m_random.below(std::size(familyEnds))]);
        } while (m_names.contains(patron.familyName + patron.givenName));
        m_names.insert(patron.familyName + patron.givenName);
        patron.type = QString::fromUtf8(typeCodes[m_random.weighted(typeWeights)]);
        patron.branch = m_random.weighted(branchWeights);
    }

    void contact(DemoPatron &patron, int index)
    {
        // example.org and the numbers 555 0100 to 555 0199 are kept free for inventions like these.
        if (patron.type != "child"_L1 && !m_random.chance(150)) {
            patron.email = u"%1.%2@example.org"_s.arg(plain(patron.givenName), plain(patron.familyName));
        }
        if (!m_random.chance(120))
            patron.phone = u"555 01%1"_s.arg((index * 37 + 48) % 100, 2, 10, QChar(u'0'));
        patron.address = u"%1 %2, %3"_s.arg(m_random.between(1, 140))
                             .arg(QString::fromUtf8(streets[m_random.below(std::size(streets))]),
                                  m_branches[static_cast<size_t>(patron.branch)].name);
    }

    void cards(DemoPatron &patron, int index)
    {
        const auto number = [&](int step) {
            return QString::number(204177000000LL + index * 461LL + step * 17LL + m_random.below(15));
        };
        if (index == 0) {
            patron.cards = {u"204177184410"_s};
            return;
        }
        if (m_random.chance(30))
            patron.cards << number(0); // replaced by the next one
        patron.cards << number(1);
    }

    void block(DemoPatron &patron, const QString &code, const QString &reason, int days)
    {
        patron.blockCode = code;
        patron.blockReason = reason;
        if (days > 0)
            patron.blockedUntil = QDateTime(m_day.addDays(days), QTime(18, 0), Qt::UTC);
    }

    /// One in ten or so has something for the desk to see.
    void trouble(DemoPatron &patron, int index)
    {
        switch (index % 40) {
        case 7:
            patron.expiresOn = m_day.addDays(-m_random.between(3, 200));
            break;
        case 13:
            block(patron, u"unpaid"_s, u"A lost book has not been paid for"_s, 0);
            break;
        case 19:
            block(patron, u"address"_s, u"Letters come back; ask for the new address"_s, 0);
            break;
        case 26:
            block(patron, u"overdue"_s, u"Third reminder sent; return the books first"_s, 14);
            break;
        case 33:
            patron.cardLost = true;
            break;
        case 39:
            patron.active = index % 3 != 0;
            break;
        default:
            break;
        }
    }

    DemoRandom &m_random;
    const std::vector<DemoBranch> &m_branches;
    QDate m_day;
    QSet<QString> m_names;
};

} // namespace

std::vector<DemoPatron> demoPatrons(DemoRandom &random, const std::vector<DemoBranch> &branches, QDate day)
{
    std::vector<DemoPatron> patrons;
    Registry registry(random, branches, day);
    for (int i = 0; i < patronCount; ++i)
        patrons.push_back(registry.next());
    return patrons;
}

} // namespace Branchline
