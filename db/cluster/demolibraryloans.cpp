// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibraryloans.h"

#include "db/cluster/demolibraryfeatured.h"

#include <QTimeZone>

#include <algorithm>
#include <map>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int loanCount = 8000;
constexpr int days = 730;

// In parts of a hundred: the year has its seasons, the week its Saturday.
constexpr int monthWeights[] = {110, 105, 100, 95, 90, 85, 80, 72, 104, 110, 115, 88};
constexpr int weekdayWeights[] = {88, 98, 108, 98, 104, 150, 0};

/// Who may borrow and how much at once, and what each has now.
struct Account
{
    std::vector<QDateTime> until; ///< when the loans under way end
    QDateTime lastLoan;           ///< none begins after it
    int zeal = 1;
};

class Lending
{
public:
    Lending(DemoLibrary &library, DemoRandom &random, const std::vector<int> &demand)
        : m_library(library)
        , m_random(random)
        , m_end(library.day, QTime(0, 0), Qt::UTC)
        , m_freeFrom(library.copies.size())
    {
        for (const DemoBranch &branch : library.branches)
            m_zones.emplace_back(branch.timezone.toLatin1());
        shelve(demand);
        openAccounts();
    }

    void run()
    {
        feature();
        for (const QDate day : chooseDays())
            lendOn(day);
        std::sort(m_library.loans.begin(), m_library.loans.end(), [](const DemoLoan &a, const DemoLoan &b) {
            return std::tie(a.lentAt, a.id) < std::tie(b.lentAt, b.id);
        });
    }

private:
    void shelve(const std::vector<int> &demand)
    {
        m_shelves.resize(m_library.branches.size());
        for (size_t i = 0; i < m_library.copies.size(); ++i) {
            const DemoCopy &copy = m_library.copies[i];
            m_freeFrom[i] = copy.addedAt.addDays(1);
            if (copy.status != "available"_L1)
                continue;
            // A copy stands in the list as often as it is asked for.
            auto &shelf = m_shelves[static_cast<size_t>(copy.branch)];
            shelf.insert(shelf.end(), static_cast<size_t>(demand[i]), static_cast<int>(i));
        }
    }

    void openAccounts()
    {
        m_readers.resize(m_library.branches.size());
        for (size_t i = 0; i < m_library.patrons.size(); ++i) {
            const DemoPatron &patron = m_library.patrons[i];
            Account account;
            account.lastLoan = QDateTime(patron.expiresOn, QTime(0, 0), Qt::UTC).addDays(-60);
            if (!patron.active || patron.cardLost)
                account.lastLoan = std::min(account.lastLoan, m_end.addDays(-150));
            else if (!patron.blockCode.isEmpty())
                account.lastLoan = std::min(account.lastLoan, m_end.addDays(-20));
            account.zeal = 1 + m_random.below(6) * m_random.below(3);
            auto &readers = m_readers[static_cast<size_t>(patron.branch)];
            readers.insert(readers.end(), static_cast<size_t>(account.zeal), static_cast<int>(i));
            m_accounts.push_back(std::move(account));
        }
    }

    [[nodiscard]] std::vector<QDate> chooseDays()
    {
        std::vector<int> weights;
        for (int i = 0; i < days; ++i) {
            const QDate day = m_library.day.addDays(i - days);
            const int weight = monthWeights[day.month() - 1] * weekdayWeights[day.dayOfWeek() - 1] *
                               (70 + 60 * i / days) / 1000;
            weights.push_back(isOpen(m_library.branches.front(), day) ? weight : 0);
        }
        qint64 sum = 0;
        for (const int weight : weights)
            sum += weight;
        std::vector<QDate> chosen;
        const auto wanted = static_cast<qint64>(loanCount) - static_cast<qint64>(m_library.loans.size());
        qint64 passed = 0;
        for (int i = 0; i < days; ++i) {
            // As many as bring the total up to this day's share, give or take what rounding leaves.
            passed += weights[static_cast<size_t>(i)];
            while (static_cast<qint64>(chosen.size()) < wanted * passed / sum)
                chosen.push_back(m_library.day.addDays(i - days));
        }
        return chosen;
    }

    [[nodiscard]] QDateTime at(int branch, QDate day, QTime time) const
    {
        return QDateTime(day, time, m_zones[static_cast<size_t>(branch)]).toUTC();
    }

    /// A moment in the opening hours, more likely in the middle of the day.
    [[nodiscard]] QTime openTime(QDate day)
    {
        const int minutes = day.dayOfWeek() == 6 ? 6 * 60 : 9 * 60;
        const int minute = (m_random.below(minutes) + m_random.below(minutes)) / 2;
        return QTime(10, 0).addSecs(minute * 60 + m_random.below(60));
    }

    [[nodiscard]] QDate openDay(int branch, QDate day) const
    {
        while (!isOpen(m_library.branches[static_cast<size_t>(branch)], day))
            day = day.addDays(1);
        return day;
    }

    [[nodiscard]] int chooseBranch(QDate day)
    {
        std::vector<int> weights;
        for (const DemoBranch &branch : m_library.branches)
            weights.push_back(isOpen(branch, day) ? branch.copies : 0);
        return m_random.weighted(weights);
    }

    /// The rule as the databases find it: the desk's branch before the type of patron before the material.
    [[nodiscard]] int ruleFor(int desk, const QString &type, const QString &material) const
    {
        int best = -1;
        int bestWeight = -1;
        for (size_t i = 0; i < m_library.rules.size(); ++i) {
            const DemoRule &rule = m_library.rules[i];
            if ((rule.branch >= 0 && rule.branch != desk) ||
                (!rule.userType.isEmpty() && rule.userType != type) ||
                (!rule.material.isEmpty() && rule.material != material))
                continue;
            const int weight = (rule.branch >= 0 ? 4 : 0) + (rule.userType.isEmpty() ? 0 : 2) +
                               (rule.material.isEmpty() ? 0 : 1);
            if (weight > bestWeight) {
                best = static_cast<int>(i);
                bestWeight = weight;
            }
        }
        return best;
    }

    [[nodiscard]] QDateTime dueAfter(int desk, const DemoRule &rule, const QDateTime &from) const
    {
        if (rule.minutes > 0)
            return from.addSecs(qint64(rule.minutes) * 60);
        const QDate day = from.toTimeZone(m_zones[static_cast<size_t>(desk)]).date();
        return at(desk, openDay(desk, day.addDays(rule.days)), QTime(23, 59, 59));
    }

    [[nodiscard]] int freeCopy(int branch, const QDateTime &when)
    {
        const auto &shelf = m_shelves[static_cast<size_t>(branch)];
        for (int tries = 0; tries < 60; ++tries) {
            const int copy = shelf[static_cast<size_t>(m_random.below(static_cast<int>(shelf.size())))];
            if (m_freeFrom[static_cast<size_t>(copy)] <= when)
                return copy;
        }
        return -1;
    }

    [[nodiscard]] int reader(int branch, const QDateTime &when, int limit)
    {
        const int home = m_random.chance(860) ? branch : m_random.below(static_cast<int>(m_readers.size()));
        const auto &readers = m_readers[static_cast<size_t>(home)];
        for (int tries = 0; tries < 60; ++tries) {
            const int patron = readers[static_cast<size_t>(m_random.below(static_cast<int>(readers.size())))];
            // The first two have the loans that are given, and no others.
            if (patron > 1 && mayBorrow(patron, when, limit))
                return patron;
        }
        return -1;
    }

    [[nodiscard]] bool mayBorrow(int patron, const QDateTime &when, int limit)
    {
        Account &account = m_accounts[static_cast<size_t>(patron)];
        std::erase_if(account.until, [&](const QDateTime &until) { return until <= when; });
        return when < account.lastLoan && static_cast<int>(account.until.size()) < limit;
    }

    void lendOn(QDate day)
    {
        for (int tries = 0; tries < 20; ++tries) {
            const int desk = chooseBranch(day);
            const QDateTime when = at(desk, day, openTime(day));
            // A few books are lent away from home, where somebody brought them back.
            const int home = m_random.chance(965) ? desk : m_random.below(static_cast<int>(m_shelves.size()));
            const int copy = freeCopy(home, when);
            const int patron = reader(desk, when, 8);
            if (copy < 0 || patron < 0)
                continue;
            lend(copy, patron, desk, when);
            return;
        }
    }

    void lend(int copy, int patron, int desk, const QDateTime &when)
    {
        DemoLoan loan{.id = m_random.id(when), .copy = copy, .patron = patron, .lendingBranch = desk};
        loan.rule = ruleFor(desk, m_library.patrons[static_cast<size_t>(patron)].type,
                            m_library.copies[static_cast<size_t>(copy)].material);
        loan.lentAt = when;
        const DemoRule &rule = m_library.rules[static_cast<size_t>(loan.rule)];
        loan.dueAt = dueAfter(desk, rule, when);
        if (rule.minutes == 0 && m_random.chance(160))
            renew(loan, rule);
        if (!loan.renewedAt.empty() && m_random.chance(250))
            renew(loan, rule);
        close(loan, rule);
    }

    /// On an open day shortly before the loan is due.
    void renew(DemoLoan &loan, const DemoRule &rule)
    {
        const auto zone = m_zones[static_cast<size_t>(loan.lendingBranch)];
        QDate day = loan.dueAt.toTimeZone(zone).date().addDays(-m_random.below(5));
        day = openDay(loan.lendingBranch, day);
        const QDateTime when = at(loan.lendingBranch, day, openTime(day));
        if (when >= m_end || when > loan.dueAt || when <= loan.lentAt)
            return;
        loan.renewedAt.push_back(when);
        loan.dueAt = std::max(loan.dueAt, dueAfter(loan.lendingBranch, rule, when));
    }

    /// The day after the last renewal on which the copy comes back: mostly in time, now and then late, never
    /// by more than 60 days.
    [[nodiscard]] QDateTime backAt(const DemoLoan &loan, const DemoRule &rule, int desk)
    {
        const QDateTime from = loan.renewedAt.empty() ? loan.lentAt : loan.renewedAt.back();
        if (rule.minutes > 0)
            return from.addSecs(60 * m_random.between(25, rule.minutes - 10));
        const int kind = m_random.below(1000);
        int after = 0;
        if (kind < 90)
            after = m_random.between(1, 6);
        else if (kind < 480)
            after = m_random.between(7, rule.days - 4);
        else if (kind < 870)
            after = m_random.between(rule.days - 4, rule.days);
        else if (kind < 955)
            after = rule.days + m_random.between(1, 10);
        else if (kind < 985)
            after = rule.days + m_random.between(11, 35);
        else
            after = rule.days + m_random.between(36, 56);
        const QDate day =
            openDay(desk, from.toTimeZone(m_zones[static_cast<size_t>(desk)]).date().addDays(after));
        return at(desk, day, openTime(day));
    }

    void close(DemoLoan &loan, const DemoRule &rule)
    {
        const int desk = m_random.chance(930) || rule.minutes > 0
                             ? loan.lendingBranch
                             : m_random.below(static_cast<int>(m_shelves.size()));
        const QDateTime back = backAt(loan, rule, desk);
        if (back < m_end) {
            loan.returnedAt = back;
            loan.returnedBranch = desk;
        }
        keep(std::move(loan), back);
    }

    void keep(DemoLoan loan, const QDateTime &until)
    {
        // An hour on the trolley before the copy stands on the shelf again.
        m_freeFrom[static_cast<size_t>(loan.copy)] = until.addSecs(3600);
        m_accounts[static_cast<size_t>(loan.patron)].until.push_back(until);
        m_library.loans.push_back(std::move(loan));
    }

    /// Before all others, so that the copies are free.
    void feature()
    {
        for (const DemoFeatured &wanted : demoFeatured) {
            const QString title = QString::fromUtf8(wanted.title);
            for (size_t i = 0; i < m_library.copies.size(); ++i) {
                const DemoCopy &copy = m_library.copies[i];
                if (copy.branch == 0 && copy.status == "available"_L1 && copy.material == "book"_L1 &&
                    m_library.books[static_cast<size_t>(copy.book)].title == title && m_freeFrom[i] < m_end) {
                    lendFeatured(static_cast<int>(i), wanted);
                    break;
                }
            }
        }
    }

    void lendFeatured(int copy, const DemoFeatured &wanted)
    {
        const DemoBranch &desk = m_library.branches.front();
        QDate day = m_library.day.addDays(-wanted.daysAgo);
        while (!isOpen(desk, day))
            day = day.addDays(-1);
        const QDateTime when = at(0, day, openTime(day));
        DemoLoan loan{.id = m_random.id(when), .copy = copy, .patron = wanted.patron, .lendingBranch = 0};
        loan.rule = ruleFor(0, m_library.patrons[static_cast<size_t>(wanted.patron)].type, u"book"_s);
        loan.lentAt = when;
        const DemoRule &rule = m_library.rules[static_cast<size_t>(loan.rule)];
        loan.dueAt = dueAfter(0, rule, when);
        for (int i = 0; i < wanted.renewals; ++i)
            renew(loan, rule);
        keep(std::move(loan), m_end.addDays(1));
    }

    DemoLibrary &m_library;
    DemoRandom &m_random;
    const QDateTime m_end;
    std::vector<QTimeZone> m_zones;
    std::vector<std::vector<int>> m_shelves; ///< by branch: copies that are lent
    std::vector<std::vector<int>> m_readers; ///< by home branch
    std::vector<QDateTime> m_freeFrom;       ///< by copy
    std::vector<Account> m_accounts;         ///< by patron
};

} // namespace

void lendDemoCopies(DemoLibrary &library, DemoRandom &random, const std::vector<int> &demand)
{
    Lending(library, random, demand).run();
}

} // namespace Branchline
