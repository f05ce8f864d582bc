// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibraryfeatured.h"
#include "db/cluster/demolibraryloans.h"
#include "db/cluster/demolibrarypatrons.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

std::vector<DemoUserType> userTypes()
{
    return {{u"adult"_s, u"Adult"_s},
            {u"child"_s, u"Child"_s},
            {u"young-adult"_s, u"Young adult"_s},
            {u"student"_s, u"Student"_s},
            {u"teacher"_s, u"Teacher"_s}};
}

std::vector<DemoUserType> materials()
{
    return {{u"book"_s, u"Book"_s}, {u"large-print"_s, u"Large print"_s}, {u"study-copy"_s, u"Study copy"_s}};
}

std::vector<DemoRule> rules()
{
    return {{-1, {}, {}, 21, 0, 20},
            {-1, u"child"_s, {}, 21, 0, 10},
            {-1, u"young-adult"_s, {}, 21, 0, 8},
            {-1, u"student"_s, {}, 28, 0, 15},
            {-1, u"teacher"_s, {}, 42, 0, 30},
            {-1, {}, u"large-print"_s, 28, 0, 20},
            {-1, {}, u"study-copy"_s, 0, 180, 2},
            {-1, u"child"_s, u"study-copy"_s, 0, 180, 1},
            {-1, u"young-adult"_s, u"study-copy"_s, 0, 180, 1},
            {-1, u"student"_s, u"study-copy"_s, 0, 240, 3},
            {-1, u"teacher"_s, u"study-copy"_s, 0, 240, 3},
            {3, u"adult"_s, u"book"_s, 28, 0, 20}};
}

/// How much a book is asked for, from 1 to 12: some kinds of books are, whoever wrote them.
int demandFor(DemoRandom &random, const DemoBook &book)
{
    int demand = 1 + random.below(3);
    if (!book.description.isEmpty())
        demand += 4;
    for (const QString &category : book.categories) {
        if (category == "Crime"_L1 || category == "Picture books"_L1 || category == "Children"_L1)
            demand += 2;
        else if (category == "Fantasy"_L1 || category == "Comics"_L1 || category == "Young adult"_L1)
            demand += 1;
    }
    if (book.language == "en"_L1)
        demand += 2;
    return std::min(demand, 12);
}

class Shelving
{
public:
    Shelving(DemoLibrary &library, DemoRandom &random)
        : m_library(library)
        , m_random(random)
    {
        for (const DemoBook &book : library.books)
            m_demand.push_back(demandFor(random, book));
    }

    /// Adds the copies and returns how often each is asked for.
    std::vector<int> run()
    {
        std::vector<int> demand;
        int number = 0;
        for (size_t branch = 0; branch < m_library.branches.size(); ++branch) {
            std::vector<int> held(m_library.books.size());
            for (int i = 0; i < m_library.branches[branch].copies; ++i) {
                const int book = chooseBook(branch, i, held);
                m_library.copies.push_back(copyOf(book, static_cast<int>(branch), number++));
                demand.push_back(m_demand[static_cast<size_t>(book)]);
            }
        }
        return demand;
    }

private:
    /// The largest branch has nearly every title, the others the ones that are asked for; nobody has more
    /// than three copies of one.
    int chooseBook(size_t branch, int index, std::vector<int> &held)
    {
        const auto books = static_cast<int>(m_library.books.size());
        if (branch == 0 && index < 700) {
            const int book = index * books / 700;
            ++held[static_cast<size_t>(book)];
            return book;
        }
        if (branch == 0 && index - 700 < static_cast<int>(std::size(demoFeatured)))
            return bookTitled(QString::fromUtf8(demoFeatured[index - 700].title));
        for (;;) {
            const int book = m_random.weighted(m_demand);
            const int most = m_demand[static_cast<size_t>(book)] > 6 ? 3 : 1;
            if (held[static_cast<size_t>(book)] < most) {
                ++held[static_cast<size_t>(book)];
                return book;
            }
        }
    }

    [[nodiscard]] int bookTitled(const QString &title) const
    {
        const auto found = std::find_if(m_library.books.begin(), m_library.books.end(),
                                        [&](const DemoBook &book) { return book.title == title; });
        return found == m_library.books.end() ? 0 : static_cast<int>(found - m_library.books.begin());
    }

    DemoCopy copyOf(int book, int branch, int number)
    {
        const bool recent = m_random.chance(200);
        const QDate added =
            m_library.day.addDays(recent ? -m_random.between(20, 700) : -m_random.between(735, 1400));
        DemoCopy copy{.branch = branch, .book = book};
        copy.addedAt = QDateTime(added, QTime(8, 0).addSecs(m_random.below(3600)), Qt::UTC);
        copy.id = m_random.id(copy.addedAt);
        copy.barcode = QString::number(310043000000LL + number * 547LL + m_random.below(500));
        const int kind = m_random.below(1000);
        copy.material = kind < 15 ? u"study-copy"_s : kind < 50 ? u"large-print"_s : u"book"_s;
        copy.status = status();
        const int featured = number - 700; // Hillside is the first branch
        if (featured >= 0 && featured < static_cast<int>(std::size(demoFeatured))) {
            copy.material = u"book"_s;
            copy.status = u"available"_s;
            copy.addedAt = copy.addedAt.addDays(-100); // before they were lent
        }
        place(copy);
        return copy;
    }

    QString status()
    {
        const int kind = m_random.below(1000);
        if (kind < 7)
            return u"lost"_s;
        if (kind < 12)
            return u"missing"_s;
        if (kind < 19)
            return u"damaged"_s;
        return kind < 22 ? u"withdrawn"_s : u"available"_s;
    }

    /// The same kind of book stands on the same floor; the shelf follows the author's letter.
    void place(DemoCopy &copy)
    {
        const DemoBook &book = m_library.books[static_cast<size_t>(copy.book)];
        const int floors = m_library.branches[static_cast<size_t>(copy.branch)].floors;
        const QString category = book.categories.value(0);
        const bool isChildren =
            category == "Children"_L1 || category == "Picture books"_L1 || category == "Young adult"_L1;
        const bool isFact = category == "Science"_L1 || category == "History"_L1 || category == "Travel"_L1 ||
                            category == "Society"_L1 || category == "Philosophy"_L1 ||
                            category == "Biography"_L1 || category == "Psychology"_L1 ||
                            category == "Cookery"_L1 || category == "Essays"_L1;
        const int section = isChildren ? 0 : isFact ? 2 : 1;
        copy.floor = std::min(section, floors - 1);
        copy.room = 1 + section + (copy.floor == section ? 0 : 1);
        const QString author = book.authors.value(0).section(u' ', -1);
        const int letter = author.isEmpty() ? 0 : author.at(0).toUpper().unicode() % 26;
        copy.shelf = 1 + letter + 26 * m_random.below(2) / 2;
    }

    DemoLibrary &m_library;
    DemoRandom &m_random;
    std::vector<int> m_demand;
};

} // namespace

DemoLibrary makeDemoLibrary(QDate day)
{
    DemoLibrary library{.day = day, .books = demoBooks(), .branches = demoBranches()};
    if (library.books.empty())
        return library;
    library.userTypes = userTypes();
    library.materials = materials();
    library.rules = rules();
    // What does not depend on the day comes first, so that ids, names and shelves are the same every day.
    DemoRandom random(20'240'101);
    library.patrons = demoPatrons(random, library.branches, day);
    const std::vector<int> demand = Shelving(library, random).run();
    lendDemoCopies(library, random, demand);
    return library;
}

} // namespace Branchline
