// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/cataloguepage.h"

#include "app/desktop/windowsettings.h"
#include "models/desk/reasontext.h"
#include "models/texts.h"
#include "models/watch.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const auto hiddenColumnsKey = u"catalogue/hiddenColumns"_s;

CatalogueView::State viewState(CatalogueSession::State state)
{
    switch (state) {
    case CatalogueSession::State::Loading:
        return CatalogueView::State::Loading;
    case CatalogueSession::State::Ready:
        return CatalogueView::State::Ready;
    case CatalogueSession::State::NoMatch:
        return CatalogueView::State::NoMatch;
    case CatalogueSession::State::Failed:
        return CatalogueView::State::Failed;
    case CatalogueSession::State::Stale:
        break;
    }
    return CatalogueView::State::Stale;
}

/// The inner hyphens of an ISBN follow ranges that change every year; the prefix is sure.
QString shownIsbn(const QString &isbn13)
{
    return isbn13.size() == 13 ? isbn13.left(3) + u'-' + isbn13.mid(3) : isbn13;
}

} // namespace

CataloguePage::CataloguePage(const QString &words, QObject *parent)
    : PageController(parent)
    , m_words(words)
    , m_view(new CatalogueView)
{
    if (const QVariant hidden = windowSettings().value(hiddenColumnsKey); hidden.isValid()) {
        QList<int> columns;
        for (const QString &column : hidden.toStringList())
            columns << column.toInt();
        m_view->setHiddenColumns(columns);
    }
}

CataloguePage::~CataloguePage() = default;

void CataloguePage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_cluster = &cluster;
    m_session = std::make_unique<CatalogueSession>(cluster, feed);
    CatalogueSession *session = m_session.get();
    m_view->setBookModel(session->books());
    m_view->setCopyModel(session->copies());
    connect(m_view, &CatalogueView::searchEdited, session, &CatalogueSession::search);
    connect(m_view, &CatalogueView::bookSelected, session,
            [session](const QString &id) { session->select(QUuid(id)); });
    connect(m_view, &CatalogueView::retryRequested, session, &CatalogueSession::repeatSearch);
    connect(m_view, &CatalogueView::narrowed, session, &CatalogueSession::narrow);
    connect(m_view, &CatalogueView::filtersRemoved, session, &CatalogueSession::removeFilters);
    connect(m_view, &CatalogueView::orderChosen, session, &CatalogueSession::setOrder);
    connect(m_view, &CatalogueView::visibleRowsChanged, session, &CatalogueSession::setVisibleRows);
    connect(m_view, &CatalogueView::hiddenColumnsChanged, this, &CataloguePage::rememberColumns);
    connect(session, &CatalogueSession::facetsChanged, this,
            [this, session] { m_view->setFacets(session->facets()); });
    m_view->setActions(CatalogueView::AddBook | CatalogueView::EditBook | CatalogueView::AddCopy |
                       CatalogueView::Import | CatalogueView::Export);
    connect(m_view, &CatalogueView::addBookRequested, this, &CataloguePage::addBookRequested);
    connect(m_view, &CatalogueView::editBookRequested, this, &CataloguePage::editBookRequested);
    connect(m_view, &CatalogueView::addCopyRequested, this, &CataloguePage::addCopyRequested);
    connect(m_view, &CatalogueView::importRequested, this, &CataloguePage::importRequested);
    connect(m_view, &CatalogueView::exportRequested, this, &CataloguePage::exportRequested);
    connect(session, &CatalogueSession::stateChanged, this, &CataloguePage::showState);
    connect(session, &CatalogueSession::detailChanged, this, &CataloguePage::showDetail);
}

void CataloguePage::setBranch(const BranchEntry &branch)
{
    m_session->setBranch(branch);
    // The shards are known from now on, and copies can be counted.
    if (m_session->asOf().isNull())
        search(m_words);
}

void CataloguePage::setPermissions(const Permissions &permissions)
{
    m_view->setRefusals(permissions.refusalAnywhere("catalogue"_L1, tr("edit books")),
                        permissions.refusalAnywhere("branch"_L1, tr("add copies")));
}

void CataloguePage::setOnScreen(bool onScreen)
{
    m_session->setOnScreen(onScreen);
}

void CataloguePage::recovered()
{
    m_session->repeatSearch();
}

bool CataloguePage::isReady() const
{
    if (!m_session)
        return false;
    if (m_session->state() == CatalogueSession::State::Ready)
        return m_session->shardsTotal() > 0 && m_session->facetsAreCounted() &&
               m_session->detail().has_value() && m_session->copiesAsOf().isValid();
    return m_session->state() != CatalogueSession::State::Loading;
}

void CataloguePage::search(const QString &words)
{
    m_view->setSearchText(words);
    if (m_session)
        m_session->search(words);
    else
        m_words = words;
}

void CataloguePage::showBook(const QUuid &id)
{
    watch(readBook(*m_cluster, id), this, [this](const Result<BookEntry> &book) {
        if (book.isOk())
            search(book->isbn13.isEmpty() ? book->title : book->isbn13);
    });
}

void CataloguePage::rememberColumns(const QList<int> &hidden)
{
    QStringList columns;
    for (const int column : hidden)
        columns << QString::number(column);
    windowSettings().setValue(hiddenColumnsKey, columns);
}

void CataloguePage::showState()
{
    const int total = m_session->shardsTotal();
    const QStringList &missing = m_session->shardsMissing();
    QStringList branches;
    for (const BranchEntry &branch : m_cluster->directory()->branches()) {
        if (missing.contains(branch.shard))
            branches << branch.name;
    }
    ListNote note{.words = m_session->words(),
                  .isOther = m_session->showsOther(),
                  .shownWords = m_session->shownWords(),
                  .count = m_session->books()->rowCount(),
                  .more = !m_session->books()->isCountKnown(),
                  .filters = m_session->filterCount(),
                  .isCut = m_session->isCut(),
                  .asOf = clockText(m_session->asOf()),
                  .missing = missing,
                  .branches = branches,
                  .answered = total - static_cast<int>(missing.size()),
                  .total = total};
    if (const auto &suggestion = m_session->suggestion()) {
        note.suggestion = suggestion->words;
        note.suggested = suggestion->books;
        note.suggestedMore = suggestion->isMore;
    }
    if (const auto &error = m_session->error()) {
        note.shardName = error->database == "main"_L1 ? tr("The main database") : error->database;
        // Who does not answer is told by its name; addresses are for the status bar's explanation.
        if (!isSilence(*error)) {
            note.error = error->message;
            note.hint = error->hint;
        }
    }
    m_view->setState(viewState(m_session->state()), note);
}

void CataloguePage::showDetail()
{
    const auto &detail = m_session->detail();
    if (!detail) {
        if (!m_session->hasSelection())
            m_view->setDetail(std::nullopt);
        return; // else the view shows that the book is being read
    }
    QStringList published;
    if (detail->year != 0)
        published << yearText(detail->year);
    if (!detail->publisher.isEmpty())
        published << detail->publisher;
    m_view->setDetail(BookFacts{.id = detail->id.toString(QUuid::WithoutBraces),
                                .title = detail->title,
                                .authors = detail->authorLine,
                                .isbn = shownIsbn(detail->isbn13),
                                .published = published.join(", "_L1),
                                .language = languageName(detail->language),
                                .categories = detail->categories,
                                .description = detail->description,
                                .copiesLine = m_session->copies()->summary(),
                                .asOf = clockText(m_session->copiesAsOf()),
                                .live = m_session->copiesAsOf().isValid() && m_session->copiesAreComplete()});
}

} // namespace Branchline
