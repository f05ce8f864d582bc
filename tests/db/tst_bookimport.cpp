// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookexport.h"
#include "db/catalogue/bookimport.h"
#include "db/catalogue/books.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

#include <sys/stat.h>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Files go into a real library through the class and through the real branchlinectl.
class TestBookImport final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void twice();
    void badRowsStayOut();
    void sameIsbnIsTheSameBook();
    void sameTitle();
    void repetitionsInOneFile();
    void guessedIsbnGivesWay();
    void foundBySearch();
    void rightIsNeeded();
    void wrongFiles_data();
    void wrongFiles();
    void resultsTakeNobodysPlace();
    void oneRowSpoilsNothing();
    void cancelled();
    void killedAndRepeated();
    void twoAtOnce();
    void mainGoesDown();
    void exportedAndImported();
    void goodbooks();

private:
    [[nodiscard]] QString fileWith(const QByteArray &content);
    /// A file with this many books of their own, a third of them of common authors.
    [[nodiscard]] QString manyBooks(int count, const QByteArray &word);
    [[nodiscard]] ImportReport import(const QString &file);
    [[nodiscard]] int books(const QString &where = u"true"_s)
    {
        return m_library
            .value(u"main"_s, u"SELECT count(*) FROM books WHERE deleted_at IS NULL AND "_s + where)
            .toInt();
    }

    PreparedLibrary m_library;
    QTemporaryDir m_folder;
    Ctl m_ctl;
    int m_files = 0;
};

namespace {

QString countsOf(const ImportReport &report)
{
    const ImportCounts &c = report.counts;
    return u"%1 = %2 + %3 + %4 + %5"_s.arg(c.read)
        .arg(c.added)
        .arg(c.updated)
        .arg(c.unchanged)
        .arg(c.rejected);
}

QString contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : u"(no file)"_s;
}

} // namespace

void TestBookImport::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    m_ctl.set(u"XDG_CACHE_HOME"_s, m_folder.path());
}

QString TestBookImport::fileWith(const QByteArray &content)
{
    QFile file(m_folder.filePath(u"books-%1.csv"_s.arg(++m_files)));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("The test's own file cannot be written.");
    return file.fileName();
}

QString TestBookImport::manyBooks(int count, const QByteArray &word)
{
    QByteArray content("title,authors,year\n");
    for (int i = 0; i < count; ++i) {
        content += word + ' ' + QByteArray::number(i) + ",Author " + QByteArray::number(i % 3 == 0 ? 0 : i) +
                   ",19" + QByteArray::number(10 + i % 90) + '\n';
    }
    return fileWith(content);
}

ImportReport TestBookImport::import(const QString &file)
{
    BookImport job(m_library.cluster(), {.file = file});
    const auto result = await(job.start());
    if (!result)
        qFatal("%s", qPrintable(result.error().message));
    if (result->error)
        qFatal("%s", qPrintable(result->error->message + result->error->detail));
    return *result;
}

void TestBookImport::twice()
{
    const QString file = fileWith("title;authors;isbn;language_code;publisher;genres;shelf\n"
                                  "Das Schloß;Franz Kafka;3596200164;de;Fischer;Roman|Klassiker;7\n"
                                  "Momo;Michael Ende;;ger;;;\n");
    const ImportReport first = import(file);
    QCOMPARE(countsOf(first), u"2 = 2 + 0 + 0 + 0"_s);
    QCOMPARE(first.remarks.size(), 1);
    QVERIFY(first.remarks.constFirst().contains("shelf"_L1));
    const QString version = u"SELECT sum(row_version) FROM books"_s;
    const QString before = m_library.value(u"main"_s, version);
    QCOMPARE(countsOf(import(file)), u"2 = 0 + 0 + 2 + 0"_s);
    QCOMPARE(m_library.value(u"main"_s, version), before);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT categories FROM books_ref WHERE isbn13 = '9783596200160'"_s),
             u"Klassiker, Roman"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM summaries_later"_s), u"0"_s);
    m_library.settle();
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM books_ref WHERE title = 'Momo'"_s), 3);
}

/// Rejects have the columns of the file, the line and the reason; corrected there, they go in.
void TestBookImport::badRowsStayOut()
{
    const QString file = fileWith("year,title,author\n"
                                  "1999,Good One,A\n"
                                  "2000,,A\n"
                                  "2001,Short\n"
                                  "2002,Long,A,B\n"
                                  "2003,\"Open,A\n"
                                  "2004,Good Two,A,,\n"
                                  ",,\n"
                                  "soon,Good Three,A\n");
    const ImportReport report = import(file);
    QCOMPARE(countsOf(report), u"7 = 3 + 0 + 0 + 4"_s);
    QCOMPARE(report.rejectsFile, QString(file).replace(u".csv"_s, u".rejects.csv"_s));
    QStringList lines = contentOf(report.rejectsFile).split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.takeFirst(), u"year,title,author,line,reason"_s);
    QCOMPARE(lines.size(), 4);
    const QStringList starts{u"2000,,A,3,"_s, u"2001,Short,,4,"_s, u"2002,Long,\"A,B\",5,"_s,
                             u"\"2003,\"\"Open,A\",,,6,"_s};
    for (int i = 0; i < 4; ++i)
        QVERIFY2(lines.at(i).startsWith(starts.at(i)) && lines.at(i).size() > starts.at(i).size() + 10,
                 qPrintable(lines.at(i)));
    QVERIFY(contentOf(report.notesFile).contains("9,Good Three,"_L1));
    const ImportReport again = import(report.rejectsFile);
    QCOMPARE(countsOf(again), u"4 = 2 + 0 + 0 + 2"_s); // "Short" and "Long" are rows of three cells there
    QVERIFY(again.remarks.isEmpty());
}

void TestBookImport::sameIsbnIsTheSameBook()
{
    QCOMPARE(countsOf(import(fileWith("isbn13,title,authors,year\n9780261103252,The Lord,J. Tolkien,\n"))),
             u"1 = 1 + 0 + 0 + 0"_s);
    const QString better =
        fileWith("isbn13,title,authors,year,publisher\n"
                 "9780261103252,The Lord of the Rings,\"J.R.R. Tolkien, Alan Lee\",1954,\n");
    QCOMPARE(countsOf(import(better)), u"1 = 0 + 1 + 0 + 0"_s);
    QCOMPARE(countsOf(import(better)), u"1 = 0 + 0 + 1 + 0"_s);
    // Empty cells leave what is there.
    QCOMPARE(countsOf(import(fileWith("isbn,title,authors\n0261103253,The Lord of the Rings,\n"))),
             u"1 = 0 + 0 + 1 + 0"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT title || author_line || year FROM books_ref WHERE isbn13 = "
                                        "'9780261103252'"_s),
             u"The Lord of the RingsJ.R.R. Tolkien, Alan Lee1954"_s);
    QCOMPARE(books(u"title = 'The Lord'"_s), 0);
}

/// The same title by others is another book; a book without an ISBN gets the one that a file brings.
void TestBookImport::sameTitle()
{
    QCOMPARE(countsOf(import(fileWith("title,authors,year\nSelected Poems,Anna Ek,1970\n"
                                      "Selected Poems,Bo Dahl,1970\nSelected Poems,Anna Ek,1980\n"))),
             u"3 = 3 + 0 + 0 + 0"_s);
    QCOMPARE(countsOf(import(fileWith("title,authors,year,isbn\nSelected Poems,Bo Dahl,1970,0306406152\n"))),
             u"1 = 0 + 1 + 0 + 0"_s);
    QCOMPARE(countsOf(import(fileWith("title,authors,year,isbn\nSelected Poems,Bo Dahl,1970,\n"))),
             u"1 = 0 + 0 + 1 + 0"_s);
    QCOMPARE(books(u"title = 'Selected Poems'"_s), 3);
    // Two editions in one file stay two, also with a first one that has no ISBN.
    const QString editions =
        fileWith("title,authors,year,isbn\nEditions,Eva,1990,\nEditions,Eva,1990,080442957X\n"
                 "Editions,Eva,1990,0553103547\n");
    QCOMPARE(countsOf(import(editions)), u"3 = 3 + 0 + 0 + 0"_s);
    QCOMPARE(countsOf(import(editions)), u"3 = 0 + 0 + 3 + 0"_s);
}

/// A row that repeats an earlier one changes nothing; one that contradicts it is rejected, each time.
void TestBookImport::repetitionsInOneFile()
{
    const QString file = fileWith("title,authors,year,isbn13\n"
                                  "Echo,Zoe,2001,9791090636071\n"
                                  "Echo,Zoe,2001,9791090636071\n"
                                  "Echo Again,Zoe,2001,9791090636071\n"
                                  "Mirror,Zoe,2001,\n"
                                  "Mirror,\"Zoe, Max\",2001,\n");
    const ImportReport first = import(file);
    QCOMPARE(countsOf(first), u"5 = 2 + 0 + 1 + 2"_s);
    QVERIFY(first.firstRejects.at(0).text.contains("Line 2"_L1) && first.firstRejects.at(0).line == 4);
    QCOMPARE(countsOf(import(file)), u"5 = 0 + 0 + 3 + 2"_s);
}

/// Digits that were worked out lead to the ISBN of another title: the book goes in without.
void TestBookImport::guessedIsbnGivesWay()
{
    const QString file = fileWith("title,authors,isbn13\nThe Certain One,A,9780439023481\n"
                                  "The Doubtful One,B,9.78043902348e+12\n");
    const ImportReport report = import(file);
    QCOMPARE(countsOf(report), u"2 = 2 + 0 + 0 + 0"_s);
    QCOMPARE(report.counts.notes, 1);
    QVERIFY(report.firstNotes.at(0).text.contains("The Certain One"_L1));
    QCOMPARE(books(u"title = 'The Doubtful One' AND isbn13 IS NULL"_s), 1);
    QCOMPARE(countsOf(import(file)), u"2 = 0 + 0 + 2 + 0"_s);
}

void TestBookImport::foundBySearch()
{
    const ImportReport report = import(
        fileWith("title,original_title,authors,isbn\n"
                 "One Hundred Years of Solitude,Cien años de soledad,Gabriel García Márquez,0060531045\n"
                 "The Name of the Rose (Rose\\ #1),Il nome della rosa,\"Umberto Eco, William Weaver\",\n"));
    QCOMPARE(report.counts.added, 2);
    for (const char *words :
         {"garcia marquez", "soledad cien", "0-06-053104-5", "9780060531041", "nome rosa eco", "weaver"}) {
        const auto found = await(searchBooks(m_library.cluster(), QString::fromUtf8(words), 10));
        QVERIFY(found.isOk());
        QVERIFY2((*found)->rowCount() == 1, words);
    }
    // What the import wrote is what the triggers would have written.
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM summarise_books(ARRAY(SELECT id FROM books)) AS s "
                             "JOIN books AS b ON b.id = s.id WHERE b.search IS DISTINCT FROM s.search"_s),
             u"0"_s);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM summarise_books(ARRAY(SELECT id FROM books)) AS s "
                             "LEFT JOIN books_ref AS r ON r.id = s.id AND r.title = s.title AND "
                             "r.author_line = s.author_line WHERE r.id IS NULL"_s),
             u"0"_s);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT count(*) FROM books AS b, unnest(tsvector_to_array(b.search)) AS w (word) "
                        "WHERE w.word !~ '^=|[0-9]' AND char_length(w.word) BETWEEN 3 AND 30 "
                        "AND NOT EXISTS (SELECT FROM book_words AS l WHERE l.word = w.word)"_s),
        u"0"_s);
    // Each book has one beginning in the history, without the derived vector.
    QCOMPARE(m_library.value(
                 u"main"_s, u"SELECT count(*) FROM books AS b WHERE (SELECT count(*) FROM audit_log AS a "
                            "WHERE a.table_name = 'books' AND a.op = 'insert' AND a.row_id = b.id "
                            "AND jsonb_exists(a.new, 'title') AND NOT jsonb_exists(a.new, 'search')) <> 1"_s),
             u"0"_s);
}

void TestBookImport::rightIsNeeded()
{
    const int before = books();
    m_library.sql(u"main"_s,
                  u"UPDATE staff_assignments SET revoked_at = now() WHERE right_code = 'catalogue' AND "
                  "login = 'librarian'"_s);
    const CtlRun run = m_ctl.json({u"import"_s, u"books"_s, manyBooks(3, "Forbidden")});
    m_library.sql(u"main"_s, u"SELECT assign_right('librarian', 'catalogue', NULL)"_s);
    QVERIFY2(run.status == 1 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("error"_L1).toObject().value("kind"_L1).toString(), u"not_allowed"_s);
    QCOMPARE(books(), before);
}

void TestBookImport::wrongFiles_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("word");
    QTest::newRow("empty") << QByteArray() << u"empty"_s;
    QTest::newRow("blank") << QByteArray("\n\n") << u"title"_s;
    QTest::newRow("binary") << QByteArray("title\n\0\1\2\n", 10) << u"text"_s;
    QTest::newRow("no titles") << QByteArray("name of it,author\nA,B\n") << u"name of it"_s;
    QTest::newRow("one endless line") << QByteArray(2'000'000, 'x') << u"title"_s;
}

/// Exit status 1, a sentence, and nothing written, no file either.
void TestBookImport::wrongFiles()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QString, word);
    const int before = books();
    const QString file = fileWith(content);
    const QStringList files = QDir(m_folder.path()).entryList(QDir::Files);
    const CtlRun run = m_ctl.json({u"import"_s, u"books"_s, file});
    QVERIFY2(run.status == 1 && run.isJson, run.text().constData());
    const QJsonObject error = run.json.value("error"_L1).toObject();
    QVERIFY2(error.value("message"_L1).toString().contains(word), run.text().constData());
    QVERIFY(!error.value("hint"_L1).toString().isEmpty());
    QCOMPARE(books(), before);
    QCOMPARE(QDir(m_folder.path()).entryList(QDir::Files), files);
}

/// The rejected rows replace neither the file itself nor a device.
void TestBookImport::resultsTakeNobodysPlace()
{
    const QByteArray content = "title,authors\nNot yet,A\ntoo,many,cells\n";
    const QString file = fileWith(content);
    const QString link = m_folder.filePath(u"link.csv"_s);
    QVERIFY(QFile::link(file, link));
    const QString rejects = m_folder.filePath(u"both.csv"_s);
    const QString pipe = m_folder.filePath(u"pipe"_s); // stands for every device
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    const QList<QStringList> places{{u"--rejects"_s, file},
                                    {u"--notes"_s, link},
                                    {u"--rejects"_s, pipe},
                                    {u"--rejects"_s, rejects, u"--notes"_s, rejects}};
    for (const QStringList &place : places) {
        const CtlRun run = m_ctl.json(QStringList{u"import"_s, u"books"_s, file} + place);
        QVERIFY2(run.status == 1 && run.isJson, run.text().constData());
        QFile there(file);
        QVERIFY(there.open(QIODevice::ReadOnly));
        QCOMPARE(there.readAll(), content);
    }
    QCOMPARE(books(u"title = 'Not yet'"_s), 0);
    QCOMPARE(m_ctl.json({u"export"_s, u"books"_s, pipe}).status, 1);
    QVERIFY(QFileInfo::exists(pipe) && !QFileInfo(pipe).isFile());
}

/// A row that only the database refuses costs itself.
void TestBookImport::oneRowSpoilsNothing()
{
    m_library.ddl(u"main"_s, u"ALTER TABLE books ADD CONSTRAINT test_only CHECK (title <> 'Spoiler 7')"_s);
    const ImportReport report = import(manyBooks(20, "Spoiler"));
    m_library.ddl(u"main"_s, u"ALTER TABLE books DROP CONSTRAINT test_only"_s);
    QCOMPARE(countsOf(report), u"20 = 19 + 0 + 0 + 1"_s);
    QCOMPARE(report.firstRejects.at(0).line, 9);
}

void TestBookImport::cancelled()
{
    const QString file = manyBooks(5000, "Cancelled");
    BookImport job(m_library.cluster(), {.file = file, .batchRows = 100});
    auto future = job.start();
    QTRY_VERIFY(job.progress().counts.read > 0);
    job.cancel();
    const auto report = await(future);
    QVERIFY(report.isOk() && report->isCancelled && !report->error);
    QVERIFY(report->counts.read < 5000);
    QCOMPARE(books(u"title LIKE 'Cancelled %'"_s), static_cast<int>(report->counts.added));
    const ImportReport rest = import(file);
    QCOMPARE(rest.counts.unchanged, report->counts.added);
    QCOMPARE(rest.counts.added, 5000 - report->counts.added);

    // An object that is destroyed ends its import at once.
    {
        BookImport dropped(m_library.cluster(), {.file = manyBooks(5000, "Dropped"), .batchRows = 50});
        future = dropped.start();
        QTRY_VERIFY(dropped.progress().counts.read > 0);
    }
    QVERIFY(future.isFinished());
}

/// The real program is killed while it imports; what is there is whole, and a second run does the rest.
void TestBookImport::killedAndRepeated()
{
    const QString file = manyBooks(6000, "Killed");
    QProcess process;
    process.setProcessEnvironment(m_ctl.environment());
    process.start(Ctl::program(), {u"import"_s, u"books"_s, file});
    QTRY_VERIFY(books(u"title LIKE 'Killed %'"_s) > 0);
    process.kill();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    QTRY_COMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM pg_stat_activity WHERE application_name "
                                            "LIKE 'branchlinectl%'"_s),
                 u"0"_s);
    const int there = books(u"title LIKE 'Killed %'"_s);
    QVERIFY(there > 0 && there % 500 == 0);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM books AS b WHERE title LIKE 'Killed %' AND "
                                        "NOT EXISTS (SELECT FROM author_book WHERE book_id = b.id)"_s),
             u"0"_s);
    const CtlRun run = m_ctl.json({u"import"_s, u"books"_s, file});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("read"_L1).toInt(), 6000);
    QCOMPARE(run.json.value("unchanged"_L1).toInt(), there);
    QCOMPARE(run.json.value("added"_L1).toInt(), 6000 - there);
    QVERIFY(run.json.value("rejects_file"_L1).isNull());
}

/// The same file twice at once, and single books beside it: everything is there once.
void TestBookImport::twoAtOnce()
{
    const QString file = manyBooks(3000, "Both");
    const auto other = m_library.newCluster(u"another desk"_s);
    BookImport one(m_library.cluster(), {.file = file, .batchRows = 100});
    BookImport two(*other, {.file = file, .rejectsFile = m_folder.filePath(u"r.csv"_s), .batchRows = 150});
    auto first = one.start();
    auto second = two.start();
    for (int i = 0; i < 30; ++i) {
        const auto added = await(addBook(
            m_library.cluster(),
            {.title = u"Both %1"_s.arg(i * 100), .authors = {u"Author 0"_s}, .year = 1910 + i * 100 % 90}));
        QVERIFY2(added.isOk(), added.isOk() ? "" : qPrintable(added.error().message));
    }
    const auto a = await(first);
    const auto b = await(second);
    QVERIFY(a.isOk() && b.isOk() && !a->error && !b->error);
    QCOMPARE(a->counts.read, 3000);
    QCOMPARE(b->counts.read, 3000);
    QCOMPARE(a->counts.rejected + b->counts.rejected, 0);
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT count(DISTINCT title) FROM books WHERE title LIKE 'Both %'"_s),
        u"3000"_s);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM (SELECT name FROM authors WHERE deleted_at IS NULL "
                             "GROUP BY name HAVING count(*) > 1) AS n"_s),
             u"0"_s);
}

/// Main stops while an import runs: it waits, and goes on when main is back; with no patience it says how far
/// it came.
void TestBookImport::mainGoesDown()
{
    const QString file = manyBooks(6000, "Down");
    QProcess process;
    process.setProcessEnvironment(m_ctl.environment());
    process.start(Ctl::program(), {u"import"_s, u"books"_s, file, u"--json"_s});
    QTRY_VERIFY(books(u"title LIKE 'Down %'"_s) > 0);
    QVERIFY2(m_library.servers().stopServer(u"library"_s), qPrintable(m_library.servers().errorText()));
    QVERIFY2(m_library.servers().startServer(u"library"_s), qPrintable(m_library.servers().errorText()));
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    const QByteArray output = process.readAllStandardOutput();
    QVERIFY2(output.contains("\"read\": 6000"), output.constData());
    QVERIFY2(output.contains("\"added\": 6000"), output.constData());

    const QString second = manyBooks(6000, "Gone");
    process.start(Ctl::program(), {u"import"_s, u"books"_s, second, u"--json"_s, u"--wait"_s, u"0"_s});
    QTRY_VERIFY(books(u"title LIKE 'Gone %'"_s) > 0);
    QVERIFY(m_library.servers().stopServer(u"library"_s));
    QVERIFY(process.waitForFinished(60'000));
    QVERIFY(m_library.servers().startServer(u"library"_s));
    QCOMPARE(process.exitCode(), 3);
    const QJsonObject object = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    QVERIFY(object.value("read"_L1).toInt() > 0);
    QVERIFY(object.value("error"_L1).toObject().value("hint"_L1).toString().contains("Repeat"_L1));
    QCOMPARE(import(second).counts.read, 6000);
}

/// What is exported changes nothing when it is imported, whatever the texts are; a spreadsheet sees no
/// formula.
void TestBookImport::exportedAndImported()
{
    for (const auto &[title, author] :
         std::initializer_list<std::pair<QString, QString>>{{u"=HYPERLINK(\"x\")"_s, u"Le Guin, Ursula K."_s},
                                                            {u"'=quoted"_s, u"A; B"_s},
                                                            {u"Line\\nbreak"_s, u"A|B"_s},
                                                            {u"-5 degrees"_s, u"@home"_s},
                                                            {u"Comma, \"quote\""_s, u"King, Jr."_s},
                                                            {u"日本語"_s, u"'tis"_s}}) {
        QVERIFY(await(addBook(m_library.cluster(), {.title = title,
                                                    .authors = {author, u"Second"_s},
                                                    .language = u"en"_s,
                                                    .categories = {u"a, b"_s, u"c"_s}}))
                    .isOk());
    }
    const QString file = m_folder.filePath(u"export.csv"_s);
    const CtlRun run = m_ctl.json({u"export"_s, u"books"_s, file});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QCOMPARE(run.json.value("books"_L1).toInt(), books());
    for (const QString &line : contentOf(file).split(u'\n'))
        QVERIFY2(!line.contains(QRegularExpression(u"(^|,)\"?[=+@]"_s)), qPrintable(line));
    const ImportReport report = import(file);
    QCOMPARE(countsOf(report), u"%1 = 0 + 0 + %1 + 0"_s.arg(books()));
    QCOMPARE(report.counts.notes, 0);
    // A correction made there finds its book by id.
    QString text = contentOf(file);
    text.replace(u"'-5 degrees"_s, u"Six degrees"_s);
    QCOMPARE(countsOf(import(fileWith(text.toUtf8()))),
             u"%1 = 0 + 1 + %2 + 0"_s.arg(books()).arg(books() - 1));
    QCOMPARE(m_ctl.run({u"export"_s, u"books"_s}).output.split(u'\n').size(), text.split(u'\n').size());
    QCOMPARE(m_ctl.run({u"export"_s, u"books"_s, u"/nonexistent/file.csv"_s}).status, 1);
}

void TestBookImport::goodbooks()
{
    QString file = qEnvironmentVariable("BRANCHLINE_GOODBOOKS");
    if (file.isEmpty())
        file = QFINDTESTDATA("../../../shared/data/goodbooks/books.csv");
    if (file.isEmpty() || !QFile::exists(file))
        QSKIP("skipped: no shared data");
    const QStringList words{u"import"_s,
                            u"books"_s,
                            file,
                            u"--rejects"_s,
                            m_folder.filePath(u"goodbooks.rejects.csv"_s),
                            u"--notes"_s,
                            m_folder.filePath(u"goodbooks.notes.csv"_s)};
    for (const bool isFirst : {true, false}) {
        const CtlRun run = m_ctl.json(words);
        QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
        const auto number = [&run](const char *key) {
            return run.json.value(QLatin1StringView(key)).toInt();
        };
        QCOMPARE(number("read"), 8020);
        QCOMPARE(number("rejected"), 0);
        QCOMPARE(number("added") + number("updated") + number("unchanged"), 8020);
        QVERIFY(isFirst || number("unchanged") == 8020);
    }
    for (const auto &[words2, least] : std::initializer_list<std::pair<const char *, int>>{
             {"garcia marquez", 5}, {"harry pot", 7}, {"0-439-02348-3", 1}, {"9780439023481", 1}}) {
        const auto found = await(searchBooks(m_library.cluster(), QString::fromUtf8(words2), 50));
        QVERIFY2(found.isOk() && (*found)->rowCount() >= least, words2);
    }
}

QTEST_GUILESS_MAIN(TestBookImport)
#include "tst_bookimport.moc"
