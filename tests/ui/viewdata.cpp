// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/viewdata.h"

namespace Branchline::ViewData {

using namespace Qt::StringLiterals;

void addScan(QStandardItemModel &model, const ScanFacts &facts)
{
    auto *item = new QStandardItem(facts.word + u". "_s + facts.title);
    item->setData(model.rowCount() + 1, Roles::Number);
    item->setData(int(facts.state), Roles::State);
    item->setData(facts.title, Roles::Title);
    item->setData(facts.author, Roles::Subtitle);
    item->setData(facts.barcode, Roles::Barcode);
    item->setData(facts.word, Roles::StatusWord);
    item->setData(facts.details, Roles::StatusDetail);
    item->setData(facts.place, Roles::Place);
    item->setData(facts.time, Roles::Time);
    item->setData(facts.late, Roles::Late);
    item->setData(facts.state == ScanState::Lent || facts.state == ScanState::Returned ||
                      facts.state == ScanState::Renewed,
                  Roles::CanUndo);
    item->setData(QString::number(model.rowCount() + 1), Roles::Id);
    item->setData(facts.away ? int(Roles::Lent) : int(Roles::None), Roles::StatusKind);
    model.insertRow(0, item);
}

void fillCheckOut(QStandardItemModel &model)
{
    const QStringList rule{u"21 days, rule 12"_s};
    addScan(model, {ScanState::Lent, u"Things Fall Apart"_s, u"Chinua Achebe"_s, u"310043803349"_s,
                    u"Lent to 14 Dec"_s, rule});
    addScan(model, {ScanState::Lent, u"The Left Hand of Darkness"_s, u"Ursula K. Le Guin"_s,
                    u"310044172055"_s, u"Lent to 14 Dec"_s, rule});
    addScan(model, {ScanState::Undone,
                    u"Invisible Cities"_s,
                    u"Italo Calvino"_s,
                    u"310043887120"_s,
                    u"Undone 10:41"_s,
                    {u"Back on the shelf as before"_s}});
    addScan(model, {ScanState::Renewed,
                    u"Norwegian Wood"_s,
                    u"Haruki Murakami"_s,
                    u"310043990412"_s,
                    u"Renewed to 14 Dec"_s,
                    {u"Was already on loan to this patron"_s}});
    addScan(model, {ScanState::Refused,
                    u"The Name of the Rose"_s,
                    u"Umberto Eco"_s,
                    u"310044201156"_s,
                    u"Refused"_s,
                    {u"3 of 3 study copies on loan (Adult, Hillside; rule 17)"_s,
                     u"1 overdue book: Snow, 4 days (study copies; rule 21)"_s}});
    addScan(model, {ScanState::Unknown,
                    u"Beloved"_s,
                    u"Toni Morrison"_s,
                    u"310044028817"_s,
                    u"Being checked"_s,
                    {u"Connection lost while saving. Asking again; nothing is lent twice."_s}});
    addScan(model, {ScanState::Pending,
                    {},
                    u"Waiting for its turn"_s,
                    u"310044172063"_s,
                    u"Waiting"_s,
                    {u"Saved on this desk"_s}});
}

void fillCheckIn(QStandardItemModel &model)
{
    const auto add = [&](const QString &title, const QString &author, const QString &word,
                         const QString &place, const QString &time, const QString &timeliness = u"On time"_s,
                         bool late = false, bool away = false) {
        addScan(model, {ScanState::Returned,
                        title,
                        author,
                        u"310043719082"_s,
                        word,
                        {timeliness},
                        place,
                        time,
                        late,
                        away});
    };
    const QString shelve = u"Shelve here"_s;
    add(u"The Master and Margarita"_s, u"Mikhail Bulgakov"_s, shelve, u"Floor 2, Room 1, Bookshelf 3"_s,
        u"10:41:09"_s, u"1 day late"_s, true);
    add(u"Half of a Yellow Sun"_s, u"Chimamanda Ngozi Adichie"_s, u"Send to Old Town"_s, {}, u"10:41:15"_s,
        u"On time"_s, false, true);
    addScan(model, {ScanState::Refused,
                    {},
                    {},
                    u"310099990001"_s,
                    u"Not known"_s,
                    {u"No copy has this number. Check the label."_s},
                    {},
                    u"10:41:22"_s});
    add(u"The Remains of the Day"_s, u"Kazuo Ishiguro"_s, shelve, u"Floor 2, Room 2, Bookshelf 11"_s,
        u"10:41:30"_s);
    add(u"A Wizard of Earthsea"_s, u"Ursula K. Le Guin"_s, shelve, u"Floor 1, Room 4, Bookshelf 4"_s,
        u"10:41:41"_s);
    add(u"The Shadow of the Wind"_s, u"Carlos Ruiz Zafón"_s, shelve, u"Floor 2, Room 2, Bookshelf 20"_s,
        u"10:41:49"_s, u"3 days late"_s, true);
    add(u"The Housekeeper and the Professor"_s, u"Yoko Ogawa"_s, shelve, u"Floor 2, Room 2, Bookshelf 16"_s,
        u"10:41:55"_s);
    add(u"Persepolis"_s, u"Marjane Satrapi"_s, u"Send to Harbour"_s, {}, u"10:41:58"_s, u"On time"_s, false,
        true);
    add(u"Snow Country"_s, u"Yasunari Kawabata"_s, shelve, u"Floor 2, Room 2, Bookshelf 17"_s, u"10:42:06"_s);
}

void fillRenewals(QStandardItemModel &model)
{
    addScan(model, {ScanState::Renewed,
                    u"Snow"_s,
                    u"Orhan Pamuk"_s,
                    u"310043719102"_s,
                    u"Renewed to 14 Dec"_s,
                    {u"21 days, rule 12"_s}});
    addScan(model, {ScanState::Refused,
                    u"Persepolis"_s,
                    u"Marjane Satrapi"_s,
                    u"310043719201"_s,
                    u"Refused"_s,
                    {u"2 of 2 renewals (rule 12)."_s}});
    addScan(model, {ScanState::Renewed,
                    u"Middlemarch"_s,
                    u"George Eliot"_s,
                    u"310043719300"_s,
                    u"Renewed to 14 Dec"_s,
                    {u"21 days, rule 12"_s}});
}

namespace {

struct Book
{
    const char16_t *title;
    const char16_t *year;
    const char16_t *language;
    Roles::Kind kind;
    const char16_t *word;
    const char16_t *copies;
};

void addCells(QStandardItemModel &model, const QStringList &texts, int statusColumn, int kind,
              const QList<int> &numbers)
{
    QList<QStandardItem *> cells;
    for (const QString &text : texts)
        cells << new QStandardItem(text);
    cells.first()->setData(cells.first()->text(), Roles::Id);
    cells.at(statusColumn)->setData(kind, Roles::StatusKind);
    for (const int column : numbers)
        cells.at(column)->setData(true, Roles::IsNumber);
    model.appendRow(cells);
}

} // namespace

void fillBooks(QStandardItemModel &model, const QString &match)
{
    model.clear();
    model.setHorizontalHeaderLabels(
        {u"Title"_s, u"Author"_s, u"Year"_s, u"Language"_s, u"Status"_s, u"Copies"_s});
    for (const int column : {2, 5})
        model.horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    const Book books[] = {
        {u"The Name of the Rose", u"1983", u"English", Roles::Available, u"Available", u"6 of 11"},
        {u"Il nome della rosa", u"1980", u"Italian", Roles::Available, u"Available", u"1 of 1"},
        {u"Der Name der Rose", u"1982", u"German", Roles::Lent, u"All lent", u"0 of 2"},
        {u"Foucault’s Pendulum", u"1989", u"English", Roles::Available, u"Available", u"3 of 4"},
        {u"Baudolino", u"2002", u"English", Roles::Available, u"Available", u"2 of 3"},
        {u"The Island of the Day Before", u"1995", u"English", Roles::Available, u"Available", u"2 of 2"},
        {u"The Prague Cemetery", u"2011", u"English", Roles::Lent, u"All lent", u"0 of 3"},
        {u"The Mysterious Flame of Queen Loana", u"2005", u"English", Roles::Available, u"Available",
         u"1 of 2"},
        {u"Numero Zero", u"2015", u"English", Roles::Available, u"Available", u"4 of 4"},
        {u"Travels in Hyperreality", u"1986", u"English", Roles::Unknown, u"Not known", u"? of 1"},
        {u"History of Beauty", u"2004", u"English", Roles::Lent, u"All lent", u"0 of 2"},
        {u"On Ugliness", u"2007", u"English", Roles::Available, u"Available", u"1 of 1"},
        {u"Confessions of a Young Novelist", u"2011", u"English", Roles::Available, u"Available", u"1 of 1"},
        {u"The Infinity of Lists", u"2009", u"English", Roles::Available, u"Available", u"1 of 1"}};
    for (const Book &book : books) {
        addCells(model,
                 {QStringView(book.title).toString(), u"Umberto Eco"_s, QStringView(book.year).toString(),
                  QStringView(book.language).toString(), QStringView(book.word).toString(),
                  QStringView(book.copies).toString()},
                 4, book.kind, {2, 5});
        model.item(model.rowCount() - 1, 1)->setData(match, Roles::Match);
    }
}

void fillCopies(QStandardItemModel &model)
{
    model.clear();
    model.setColumnCount(4);
    addCells(model, {u"Hillside"_s, u"Available"_s, u"Floor 2, Room 2, shelf 17"_s, u"2"_s}, 1,
             Roles::Available, {3});
    addCells(model, {u"Harbour"_s, u"Available"_s, u"Floor 1, Room 1, shelf 3"_s, u"2"_s}, 1,
             Roles::Available, {3});
    addCells(model, {u"Harbour"_s, u"Lent"_s, u"Due Wed 2 Dec"_s, u"1"_s}, 1, Roles::Lent, {3});
    addCells(model, {u"Mill Lane"_s, u"Available"_s, u"Floor 1, shelf 22"_s, u"1"_s}, 1, Roles::Available,
             {3});
    addCells(model, {u"Northgate"_s, u"Overdue"_s, u"Was due 12 Nov"_s, u"1"_s}, 1, Roles::Overdue, {3});
    addCells(model, {u"Old Town"_s, u"Not known"_s, u"tertiary does not answer"_s, u"?"_s}, 1, Roles::Unknown,
             {3});
    addCells(model, {u"Riverside"_s, u"Available"_s, u"Floor 3, Room 3, shelf 8"_s, u"1"_s}, 1,
             Roles::Available, {3});
}

PatronFacts patron()
{
    return {.name = u"John Doe"_s,
            .initials = u"JD"_s,
            .type = u"Adult"_s,
            .cardLine = u"Card 2041 7718 0925 · valid to 14 Mar 2027 · Hillside"_s,
            .onLoan = 8,
            .limit = 10,
            .overdue = 1};
}

CheckInResult shelveHere()
{
    return {.status = Status::Available,
            .iconName = u"available"_s,
            .headline = u"Shelve here: Floor 2, Room 2, Bookshelf 17"_s,
            .title = u"Snow Country"_s,
            .subline = u"Yasunari Kawabata · 3100 4371 9082"_s,
            .timeliness = u"Returned on time"_s,
            .timelinessDetail = u"Was due Sat 21 Nov"_s,
            .canUndo = true};
}

BookFacts theNameOfTheRose()
{
    return {
        .id = u"The Name of the Rose"_s,
        .title = u"The Name of the Rose"_s,
        .authors = u"Umberto Eco, William Weaver"_s,
        .isbn = u"978-0-15-144647-6"_s,
        .published = u"1983, Harcourt Brace Jovanovich"_s,
        .language = u"English"_s,
        .categories = u"Novels, Historical fiction, Crime"_s,
        .description =
            u"In 1327 a friar comes to a wealthy abbey to attend a dispute, and is asked instead to explain "
            "a death in the scriptorium."_s,
        .copiesLine = u"6 of 11 available"_s,
        .asOf = u"10:42:07"_s,
        .live = true};
}

} // namespace Branchline::ViewData
