// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/statslist.h"

#include "db/catalogue/copies.h"
#include "db/circulation/circulation.h"
#include "db/circulation/loans.h"
#include "db/cluster/branches.h"
#include "db/cluster/locallibrarysetup.h"
#include "db/patrons/patrons.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QSet>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

// Constant ids make every step repeatable. Those of the branches were chosen so that a library with the usual
// three shards proposes different shards for them.
const QUuid mainLibrary(u"0192f0c4-0001-7000-8000-000000000012"_s);
const QUuid secondaryLibrary(u"0192f0c4-0001-7000-8000-000000000001"_s);

constexpr Statement addUserType{"add_user_type"_L1, "SELECT public.add_user_type(?::text, ?::text)"_L1};

struct ExampleCopy
{
    const char *id;
    const char *branch;
    const char *barcode;
    int book; ///< index of exampleBooks
};

struct ExampleLoan
{
    const char *requestId;
    const char *branch;
    const char *card;
    const char *barcode;
};

constexpr ExampleCopy exampleCopies[] = {
    {"0192f0c4-0003-7000-8000-000000000001", "main-library", "31000001", 0},
    {"0192f0c4-0003-7000-8000-000000000002", "secondary-library", "31000002", 0},
    {"0192f0c4-0003-7000-8000-000000000003", "secondary-library", "31000003", 1},
};

constexpr ExampleLoan exampleLoans[] = {
    {"0192f0c4-0004-7000-8000-000000000001", "main-library", "20410001", "31000001"},
    {"0192f0c4-0004-7000-8000-000000000002", "secondary-library", "20410002", "31000003"},
};

/// The worked example: each step says what it made and where the row went.
class Example
{
public:
    explicit Example(Context &context)
        : m_context(context)
        , m_cluster(context.cluster())
    {}

    int run()
    {
        addTypes();
        addBranches();
        addBooks();
        addPatrons();
        addCopies();
        lend();
        return report();
    }

private:
    void note(const QString &kind, const QString &name, const QString &database, bool isNew)
    {
        m_added += isNew ? 1 : 0;
        m_rows.append(QJsonObject{{u"kind"_s, kind},
                                  {u"name"_s, name},
                                  {u"database"_s, database},
                                  {u"outcome"_s, isNew ? u"added"_s : u"exists"_s}});
        m_table << QStringList{kind, name, database, isNew ? tr("added") : tr("was there")};
    }

    void addTypes()
    {
        for (const auto &[code, name] :
             {std::pair{u"student"_s, u"Student"_s}, {u"teacher"_s, u"Teacher"_s}}) {
            const auto isNew =
                await(m_cluster.main().run(Call{"add a user type"_L1}, [code, name](Session &main) {
                    constexpr Statement exists{
                        "user_type_exists"_L1,
                        "SELECT EXISTS (SELECT FROM public.user_types WHERE code = ?::text) AS known"_L1};
                    const bool known = main.exec(exists, {code})->row(0).flag("known");
                    main.exec(addUserType, {code, name});
                    return !known;
                }));
            note(u"user type"_s, name, u"main"_s, isNew.valueOrThrow());
        }
    }

    void addBranches()
    {
        addExampleBranch({.id = mainLibrary, .code = u"main-library"_s, .name = u"Main Library"_s});
        NewBranch second{
            .id = secondaryLibrary, .code = u"secondary-library"_s, .name = u"Secondary Library"_s};
        const DirectoryPtr directory = m_cluster.directory();
        const QString taken = directory->branchByCode(u"main-library"_s)->shard;
        if (!directory->branchByCode(second.code)) {
            // In a library with other shards or branches the proposals may agree: take another shard then.
            const QString proposal = proposedShard(*directory, second.id).valueOrThrow();
            for (const ShardEntry &shard : directory->shards()) {
                if (proposal == taken && second.shard.isEmpty() && shard.name != taken)
                    second.shard = shard.name;
            }
        }
        addExampleBranch(second);
    }

    void addExampleBranch(const NewBranch &branch)
    {
        const bool known = m_cluster.directory()->branchByCode(branch.code) != nullptr;
        const BranchEntry entry = addBranch(m_cluster, branch).valueOrThrow();
        note(u"branch"_s, entry.name, entry.shard + "_shard"_L1, !known);
    }

    void addBooks()
    {
        const NewBook books[] = {{.title = u"The Lord of the Rings"_s,
                                  .authors = {u"J.R.R. Tolkien"_s},
                                  .isbn = u"978-0-261-10325-2"_s,
                                  .language = u"en"_s,
                                  .year = 1954,
                                  .categories = {u"Fantasy"_s}},
                                 {.title = u"A Game of Thrones"_s,
                                  .authors = {u"George R.R. Martin"_s},
                                  .isbn = u"978-0-553-10354-0"_s,
                                  .language = u"en"_s,
                                  .year = 1996,
                                  .categories = {u"Fiction"_s}}};
        for (const NewBook &book : books) {
            const Added added = await(addBook(m_cluster, book)).valueOrThrow();
            m_books << added.id;
            note(u"book"_s, book.title, u"main"_s, added.isNew);
            for (const QString &author : book.authors)
                note(u"author"_s, author, u"main"_s, added.isNew);
            for (const QString &category : book.categories)
                note(u"category"_s, category, u"main"_s, added.isNew);
        }
    }

    void addPatrons()
    {
        const NewPatron patrons[] = {
            {.card = u"20410001"_s,
             .familyName = u"Doe"_s,
             .givenName = u"John"_s,
             .typeCode = u"student"_s,
             .homeBranch = branchId(u"main-library"_s)},
            {.card = u"20410002"_s,
             .familyName = u"Smith"_s,
             .givenName = u"Jane"_s,
             .typeCode = u"teacher"_s,
             .homeBranch = branchId(u"secondary-library"_s)},
        };
        for (const NewPatron &patron : patrons) {
            const Added added = await(addPatron(m_cluster, patron)).valueOrThrow();
            note(u"user"_s, patron.givenName + u' ' + patron.familyName, u"main"_s, added.isNew);
            waitForCard(patron.card);
        }
    }

    /// A new patron must have reached the shards before the first loan.
    void waitForCard(const QString &card)
    {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        for (;;) {
            const auto answers = await(patronAtDesk(m_cluster, card));
            const bool everywhere =
                std::all_of(answers.shards.begin(), answers.shards.end(),
                            [](const auto &a) { return !a.result.isOk() || a.result.value().has_value(); });
            if (everywhere || std::chrono::steady_clock::now() > deadline)
                return;
        }
    }

    void addCopies()
    {
        for (const ExampleCopy &example : exampleCopies) {
            const QString code = QLatin1StringView(example.branch);
            const NewCopy copy{.id = QUuid(QLatin1StringView(example.id)),
                               .branch = branchId(code),
                               .book = m_books.at(example.book),
                               .barcode = QLatin1StringView(example.barcode),
                               .material = u"book"_s,
                               .place = {1, 1, 1 + example.book}};
            const Added added = await(addCopy(m_cluster, copy)).valueOrThrow();
            note(u"copy"_s, copy.barcode, shardOf(code) + "_shard"_L1, added.isNew);
        }
    }

    void lend()
    {
        for (const ExampleLoan &example : exampleLoans) {
            const QString code = QLatin1StringView(example.branch);
            const Scan scan{.requestId = QUuid(QLatin1StringView(example.requestId)),
                            .deskBranch = branchId(code),
                            .barcode = QLatin1StringView(example.barcode),
                            .card = QLatin1StringView(example.card)};
            const auto before = await(loansOfBranch(m_cluster, scan.deskBranch, false)).valueOrThrow().size();
            const CirculationAnswer answer = await(checkOut(m_cluster, scan));
            if (answer.error)
                throw DbException(*answer.error);
            if (answer.outcome != Outcome::Lent) {
                throw DbException(
                    {.kind = DbErrorKind::Conflict,
                     .message = tr("The example's copy %1 was not lent: %2")
                                    .arg(scan.barcode,
                                         answer.reasons.empty() ? QString() : answer.reasons.front().text)});
            }
            const auto after = await(loansOfBranch(m_cluster, scan.deskBranch, false)).valueOrThrow().size();
            note(u"loan"_s, answer.title + u" → "_s + scan.card, shardOf(code) + "_shard"_L1, after > before);
        }
    }

    int report()
    {
        const auto statistics = await(libraryStatistics(m_cluster));
        const auto loans = await(loansOfAll(m_cluster, true));
        qint64 open = 0;
        QSet<QString> used;
        for (const auto &answer : loans.shards) {
            if (!answer.result.isOk())
                continue;
            open += static_cast<qint64>(answer.result->size());
            if (!answer.result->empty())
                used.insert(answer.shard);
        }
        const bool oneShard = m_cluster.shardNames().size() == 1;
        QJsonObject object = statisticsObject(statistics);
        object.insert(u"added"_s, m_added);
        object.insert(u"rows"_s, m_rows);
        object.insert(u"cross_shard"_s, QJsonObject{{u"copies"_s, totalOf(statistics).copies},
                                                    {u"open_loans"_s, open},
                                                    {u"shards_with_loans"_s, used.size()}});
        if (oneShard)
            object.insert(u"note"_s, tr("The library has one shard: both branches live on it."));

        QString text = table({tr("What"), tr("Name"), tr("Database"), {}}, m_table) + "\n\n"_L1 +
                       tr("Over all shards: %1 copies, %2 open loans on %3 shards.")
                           .arg(totalOf(statistics).copies)
                           .arg(open)
                           .arg(used.size());
        if (oneShard)
            text += u' ' + tr("The library has one shard: both branches live on it.");
        return m_context.finish(object, text + "\n\n"_L1 + statisticsText(statistics),
                                statistics.isComplete() ? Success : NotReachable);
    }

    [[nodiscard]] QUuid branchId(const QString &code) const { return m_context.branch(code).id; }
    [[nodiscard]] QString shardOf(const QString &code) const { return m_context.branch(code).shard; }

    Context &m_context;
    Cluster &m_cluster;
    QList<QUuid> m_books;
    int m_added = 0;
    QJsonArray m_rows;
    QList<QStringList> m_table;
};

int example(Context &context)
{
    // The quickest way in: with nothing configured the private PostgreSQL is started first.
    if (context.isLocal() && !context.localLibrary().status().valueOrThrow().isRunning())
        prepareLocalLibrary(context.localLibrary(), context.config().sqlEcho, [&](const QString &line) {
            context.say(line);
        }).orThrow();
    return Example(context).run();
}

} // namespace

std::vector<Command> exampleCommands()
{
    return {
        {.name = u"example"_s,
         .summary = tr(
             "Creates two branches on two shards, books, patrons, copies and loans, and asks across shards."),
         .example = u"branchlinectl example"_s,
         .run = example}};
}

} // namespace Branchline::Ctl
