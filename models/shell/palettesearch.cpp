// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/palettesearch.h"

#include "models/desk/reasontext.h"
#include "models/watch.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int mostBooks = 5;
constexpr int mostPatrons = 4;
constexpr int fewestLetters = 2; ///< of what is looked for in a database
constexpr int shortestCode = 4;

using Scope = PaletteModel::Scope;
using Kind = PaletteEntry::Kind;

QString joined(const QStringList &parts)
{
    QStringList filled = parts;
    filled.removeAll(QString());
    return filled.join(u" · "_s);
}

} // namespace

static QString availabilityWords(int available, int copies, bool isComplete)
{
    if (!isComplete)
        return copies == 0
                   ? PaletteSearch::tr("copies not known")
                   : PaletteSearch::tr("%1 or more of %2 or more available").arg(available).arg(copies);
    if (copies == 0)
        return PaletteSearch::tr("no copies");
    return available == 0 ? PaletteSearch::tr("all lent")
                          : PaletteSearch::tr("%1 of %2 available").arg(available).arg(copies);
}

bool looksLikeCode(const QString &text)
{
    return text.size() >= shortestCode && !text.contains(u' ') &&
           std::any_of(text.begin(), text.end(), [](QChar c) { return c.isDigit(); });
}

PaletteSearch::PaletteSearch(Cluster &cluster, PaletteModel &model, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_model(model)
{
    connect(&m_model, &PaletteModel::queryChanged, this, &PaletteSearch::ask);
}

void PaletteSearch::ask()
{
    ++m_generation;
    m_open = 0;
    m_mainProblem.clear();
    m_shardsMissing.clear();
    m_books.cancel();
    m_patrons.cancel();
    const Scope scope = m_model.scope();
    const bool enough = m_model.words().size() >= fewestLetters;
    if (scope == Scope::All && enough)
        askBooks();
    if ((scope == Scope::All || scope == Scope::Patrons) && enough && m_whyNoPatrons.isEmpty())
        askPatrons();
    else if (scope == Scope::Patrons)
        m_mainProblem = m_whyNoPatrons;
    if ((scope == Scope::Barcode && !m_model.words().isEmpty()) ||
        (scope == Scope::All && looksLikeCode(m_model.words())))
        askCopies();
    m_model.setPending(m_open > 0);
    showProblem();
}

void PaletteSearch::setPermissions(const Permissions &permissions)
{
    const QString whyNot = permissions.rights().mayAnywhere("desk"_L1)
                               ? QString()
                               : permissions.refusalAnywhere("patrons"_L1, tr("look patrons up"));
    if (std::exchange(m_whyNoPatrons, whyNot) == whyNot)
        return;
    if (!whyNot.isEmpty())
        m_model.forgetPatrons();
}

void PaletteSearch::settle(quint64 generation)
{
    if (generation != m_generation || --m_open > 0)
        return;
    m_model.setPending(false);
    Q_EMIT answered();
}

void PaletteSearch::noteMain(const DbError &error)
{
    if (error.kind == DbErrorKind::Canceled)
        return; // by a newer query
    m_mainProblem = isSilence(error) ? tr("The main database does not answer, so books and patrons cannot be "
                                          "looked up now. Actions and barcodes of copies still work.")
                                     : errorLine(error);
    showProblem();
}

void PaletteSearch::noteShards(const QStringList &missing)
{
    m_shardsMissing += missing;
    m_shardsMissing.removeDuplicates();
    showProblem();
}

void PaletteSearch::showProblem()
{
    QStringList sentences{m_mainProblem};
    if (!m_shardsMissing.isEmpty()) {
        const QString names = QLocale().createSeparatedList(m_shardsMissing);
        sentences << (m_shardsMissing.size() == 1
                          ? tr("Shard %1 does not answer; its copies are not counted here.").arg(names)
                          : tr("The shards %1 do not answer; their copies are not counted here.").arg(names));
    }
    sentences.removeAll(QString());
    m_model.setProblem(sentences.join(u' '));
}

void PaletteSearch::askBooks()
{
    ++m_open;
    const QString words = m_model.words();
    m_books = searchBooks(m_cluster, words, mostBooks);
    watch(m_books, this, [this, words, generation = m_generation](const Result<Rows> &rows) {
        if (generation == m_generation)
            showBooks(words, rows);
        settle(generation);
    });
}

void PaletteSearch::showBooks(const QString &words, const Result<Rows> &rows)
{
    std::vector<PaletteEntry> books;
    if (!rows.isOk())
        noteMain(rows.error());
    if (rows.isOk()) {
        books = (*rows)->map([](const RowSet::Row &row) {
            return PaletteEntry{.kind = Kind::Book,
                                .id = row.uuid("id").toString(QUuid::WithoutBraces),
                                .iconName = u"book"_s,
                                .title = row.text("title"),
                                .detail = row.text("author_line")};
        });
    }
    countCopiesOf(words, books);
    m_model.setBooks(words, std::move(books));
}

void PaletteSearch::countCopiesOf(const QString &words, const std::vector<PaletteEntry> &books)
{
    QList<QUuid> ids;
    for (const PaletteEntry &book : books)
        ids.append(QUuid(book.id));
    if (ids.isEmpty())
        return;
    watch(countCopies(m_cluster, ids), this,
          [this, words, books, generation = m_generation](const Combined<std::vector<CopyCount>> &counts) {
              if (generation != m_generation)
                  return;
              const bool isComplete = counts.isComplete();
              if (!isComplete)
                  noteShards(counts.missing());
              std::vector<PaletteEntry> counted = books;
              for (PaletteEntry &book : counted) {
                  int copies = 0;
                  int available = 0;
                  for (const auto &shard : counts.shards) {
                      if (!shard.result.isOk())
                          continue;
                      for (const CopyCount &count : *shard.result) {
                          if (count.book == QUuid(book.id)) {
                              copies += count.copies;
                              available += count.available;
                          }
                      }
                  }
                  book.detail = joined({book.detail, availabilityWords(available, copies, isComplete)});
              }
              m_model.setBooks(words, std::move(counted));
          });
}

void PaletteSearch::askPatrons()
{
    ++m_open;
    const QString words = m_model.words();
    m_patrons = searchPatrons(m_cluster, words, mostPatrons);
    watch(m_patrons, this,
          [this, words, generation = m_generation](const Result<std::vector<Patron>> &patrons) {
              if (generation == m_generation) {
                  std::vector<PaletteEntry> entries;
                  if (!patrons.isOk())
                      noteMain(patrons.error());
                  if (patrons.isOk() && m_whyNoPatrons.isEmpty()) {
                      for (const Patron &patron : *patrons) {
                          const QString card =
                              patron.card.isEmpty() ? QString() : tr("card %1").arg(patron.card);
                          entries.push_back(
                              {.kind = Kind::Patron,
                               .id = patron.id.toString(QUuid::WithoutBraces),
                               .iconName = u"patrons"_s,
                               .title = patron.displayName,
                               .detail = joined({patron.typeName, branchName({}, patron.branchCode), card})});
                      }
                  }
                  m_model.setPatrons(words, std::move(entries));
              }
              settle(generation);
          });
}

void PaletteSearch::askCopies()
{
    ++m_open;
    const QString words = m_model.words();
    watch(copyByBarcode(m_cluster, words), this,
          [this, words, generation = m_generation](const Combined<std::vector<Copy>> &answers) {
              if (generation == m_generation) {
                  std::vector<PaletteEntry> entries;
                  if (!answers.isComplete())
                      noteShards(answers.missing());
                  for (const auto &answer : answers.shards) {
                      if (!answer.result.isOk())
                          continue;
                      for (const Copy &copy : *answer.result)
                          entries.push_back(
                              {.kind = Kind::Copy,
                               .id = copy.book.toString(QUuid::WithoutBraces),
                               .iconName = u"scan"_s,
                               .title = copy.title,
                               .detail = joined({copy.barcode, branchName(copy.branch, copy.branchCode),
                                                 copy.available ? tr("available") : tr("not available")})});
                  }
                  m_model.setCopies(words, std::move(entries));
              }
              settle(generation);
          });
}

QString PaletteSearch::branchName(const QUuid &id, const QString &code) const
{
    const DirectoryPtr directory = m_cluster.directory();
    const BranchEntry *branch = id.isNull() ? directory->branchByCode(code) : directory->branch(id);
    return branch ? branch->name : code;
}

} // namespace Branchline
