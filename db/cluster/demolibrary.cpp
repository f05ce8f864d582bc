// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibrary.h"

#include "db/cluster/demolibrarydata.h"
#include "db/cluster/demolibrarymain.h"
#include "db/cluster/demolibraryshard.h"
#include "db/routing/directory.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

#include <future>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement ruleNumber{
    "demo_rule_number"_L1,
    "SELECT r.number FROM public.loan_rules AS r "
    "  LEFT JOIN public.user_types AS t ON t.id = r.user_type_id "
    "  LEFT JOIN public.material_types AS m ON m.id = r.material_type_id "
    " WHERE r.deleted_at IS NULL AND r.branch_id IS NOT DISTINCT FROM ?::uuid "
    "   AND t.code IS NOT DISTINCT FROM ?::text AND m.code IS NOT DISTINCT FROM ?::text"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("DemoLibrary", text);
}

SessionSettings settingsFor(const QString &database, const ConnectionUrl &url, const DemoOptions &options)
{
    return {.database = database,
            .url = url,
            .application = u"branchline %1 demo library"_s.arg(QSysInfo::machineHostName()),
            .statementTimeout = std::chrono::milliseconds(0),
            .lockTimeout = std::chrono::milliseconds(0),
            .echo = options.echo,
            .patience = {options.patience, options.progress}};
}

class Loader
{
public:
    Loader(const AdminAddresses &addresses, const DemoOptions &options)
        : m_addresses(addresses)
        , m_options(options)
        , m_main(settingsFor(u"main"_s, addresses.main, options))
    {}

    DemoOutcome run()
    {
        m_main.open();
        takeSetUpLock(m_main, m_options.progress);
        const auto mark = readDemoMark(m_main);
        const QDate today = m_options.day.isValid() ? m_options.day : QDateTime::currentDateTimeUtc().date();
        const DemoLibrary library = makeDemoLibrary(mark ? mark->day : today);
        if (library.books.empty()) {
            throw DbException({.kind = DbErrorKind::Internal,
                               .message = tr("The books of the demo library are missing from this program."),
                               .hint = tr("Report it as a defect.")});
        }
        DemoOutcome outcome = count(library);
        if (mark && mark->isDone)
            return outcome;
        if (!mark) {
            say(tr("Loading the demo library: %1 books, %2 patrons …")
                    .arg(outcome.books)
                    .arg(outcome.patrons));
            writeDemoMain(m_main, library);
        }
        say(tr("Loading %1 copies and two years of loans …").arg(outcome.copies));
        loadShards(library);
        finishDemo(m_main, library);
        m_main.execText(u"analyze"_s, u"ANALYZE"_s);
        outcome.isNew = true;
        return outcome;
    }

private:
    void say(const QString &step) const
    {
        if (m_options.isCanceled && m_options.isCanceled())
            throw DbException({.kind = DbErrorKind::Canceled,
                               .message = tr("Loading the demo library was cancelled."),
                               .hint = tr("Load it again, and it goes on from there.")});
        if (m_options.progress)
            m_options.progress(step);
    }

    static DemoOutcome count(const DemoLibrary &library)
    {
        DemoOutcome outcome{.day = library.day,
                            .books = static_cast<int>(library.books.size()),
                            .branches = static_cast<int>(library.branches.size()),
                            .patrons = static_cast<int>(library.patrons.size()),
                            .copies = static_cast<int>(library.copies.size()),
                            .loans = static_cast<int>(library.loans.size())};
        const QDateTime end(library.day, QTime(0, 0), Qt::UTC);
        for (const DemoLoan &loan : library.loans) {
            if (loan.returnedBranch >= 0)
                continue;
            ++outcome.openLoans;
            outcome.overdue += loan.dueAt < end ? 1 : 0;
        }
        return outcome;
    }

    /// The numbers that main gave the library's rules.
    std::vector<int> ruleNumbers(const DemoLibrary &library)
    {
        std::vector<int> numbers;
        for (const DemoRule &rule : library.rules) {
            const QVariant branch =
                rule.branch < 0 ? QVariant() : library.branches[static_cast<size_t>(rule.branch)].id;
            const Rows rows = m_main.exec(ruleNumber, {branch, orNull(rule.userType), orNull(rule.material)});
            numbers.push_back(rows->rowCount() > 0 ? static_cast<int>(rows->row(0).number("number")) : 1);
        }
        return numbers;
    }

    /// Every shard at once; each one's part is a transaction of its own.
    void loadShards(const DemoLibrary &library)
    {
        const auto numbers = ruleNumbers(library);
        std::map<QUuid, DemoPlace> places;
        const DirectoryPtr directory = Directory::read(m_main);
        for (const BranchEntry &branch : directory->branches())
            places.emplace(branch.id, DemoPlace{branch.shard, branch.epoch});

        std::vector<std::future<void>> parts;
        for (const auto &[name, url] : m_addresses.shards) {
            parts.push_back(std::async(std::launch::async, [&, name = name, url = url] {
                Session session(settingsFor(name + "_shard"_L1, url, m_options));
                session.open();
                writeDemoShard(session, name, library, places, numbers);
            }));
        }
        std::exception_ptr first;
        for (auto &part : parts) {
            try {
                part.get();
            } catch (...) {
                if (!first)
                    first = std::current_exception();
            }
        }
        if (first)
            std::rethrow_exception(first);
    }

    const AdminAddresses &m_addresses;
    const DemoOptions &m_options;
    Session m_main;
};

} // namespace

Result<DemoOutcome> loadDemoLibrary(const AdminAddresses &addresses, const DemoOptions &options)
{
    try {
        return Loader(addresses, options).run();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
