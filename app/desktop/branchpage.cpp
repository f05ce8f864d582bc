// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/branchpage.h"

#include "app/desktop/windowsettings.h"
#include "db/catalogue/copyediting.h"
#include "db/patrons/patronediting.h"
#include "models/desk/reasontext.h"
#include "models/texts.h"
#include "models/watch.h"
#include "ui/widgets/messagebar.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

struct ListName
{
    BranchList list;
    BranchTab::Kind kind;
    const char *key;
    const char *title;
};

constexpr ListName lists[] = {
    {BranchList::OnLoan, BranchTab::Kind::OnLoan, "loans", QT_TRANSLATE_NOOP("BranchPage", "On loan")},
    {BranchList::Overdue, BranchTab::Kind::Overdue, "overdue", QT_TRANSLATE_NOOP("BranchPage", "Overdue")},
    {BranchList::DueSoon, BranchTab::Kind::DueSoon, "due_soon", QT_TRANSLATE_NOOP("BranchPage", "Due soon")},
    {BranchList::Lost, BranchTab::Kind::Lost, "lost", QT_TRANSLATE_NOOP("BranchPage", "Lost")},
    {BranchList::Copies, BranchTab::Kind::Copies, "copies", QT_TRANSLATE_NOOP("BranchPage", "Copies")},
    {BranchList::Today, BranchTab::Kind::Today, "today", QT_TRANSLATE_NOOP("BranchPage", "Today")},
};

const ListName *nameOf(const QString &key)
{
    for (const ListName &name : lists) {
        if (key == QLatin1StringView(name.key))
            return &name;
    }
    return nullptr;
}

QString keyOf(BranchList list)
{
    for (const ListName &name : lists) {
        if (name.list == list)
            return QString::fromLatin1(name.key);
    }
    return {};
}

QString columnsKey(const QString &tab)
{
    return u"branch/columns_"_s + tab;
}

} // namespace

BranchPage::BranchPage(QObject *parent)
    : PageController(parent)
    , m_view(new BranchView)
{
    // The lists have their names before there is a library to read them from.
    addLists();
    m_view->showTab(windowSettings().value(u"branch/list"_s, u"overdue"_s).toString());
}

BranchPage::~BranchPage() = default;

void BranchPage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_cluster = &cluster;
    m_session = std::make_unique<BranchSession>(cluster, feed);
    m_renewals = std::make_unique<Renewals>(cluster);
    setModels();
    joinView();
    showList(m_wishedList.isEmpty() ? windowSettings().value(u"branch/list"_s, u"overdue"_s).toString()
                                    : m_wishedList);
}

void BranchPage::addLists()
{
    const FilterField late{u"late"_s,
                           tr("Days late"),
                           true,
                           {{u"1-7"_s, tr("1 to 7")},
                            {u"8-30"_s, tr("8 to 30")},
                            {u"31-60"_s, tr("31 to 60")},
                            {u"61-0"_s, tr("more than 60")}}};
    const FilterField userType{u"user_type"_s, tr("User type"), false, {}};
    const FilterField material{u"material"_s, tr("Material"), false, {}};
    const FilterField status{u"status"_s,
                             tr("Status"),
                             false,
                             {{u"available"_s, tr("Available")},
                              {u"lent"_s, tr("Lent")},
                              {u"in_transit"_s, tr("On its way")},
                              {u"lost"_s, tr("Lost")},
                              {u"missing"_s, tr("Missing")},
                              {u"damaged"_s, tr("Damaged")},
                              {u"withdrawn"_s, tr("Withdrawn")}}};
    const FilterField lost{
        u"status"_s, tr("Status"), false, {{u"lost"_s, tr("Lost")}, {u"missing"_s, tr("Missing")}}};
    const FilterField kinds{u"kind"_s,
                            tr("What"),
                            false,
                            {{u"lent"_s, tr("Lent")},
                             {u"returned"_s, tr("Returned")},
                             {u"renewed"_s, tr("Renewed")},
                             {u"copy_added"_s, tr("Copy added")},
                             {u"lend_undone"_s, tr("Loan undone")},
                             {u"return_undone"_s, tr("Return undone")},
                             {u"renewal_undone"_s, tr("Renewal undone")}}};
    for (const ListName &name : lists) {
        const QString key = QString::fromLatin1(name.key);
        const QList<FilterField> fields = name.list == BranchList::Overdue  ? QList{late, userType, material}
                                          : name.list == BranchList::Copies ? QList{status, material}
                                          : name.list == BranchList::Lost   ? QList{lost, material}
                                          : name.list == BranchList::Today  ? QList{kinds}
                                                                            : QList{userType, material};
        m_view->addTab({key, name.kind, tr(name.title), nullptr, fields});
    }
}

void BranchPage::setModels()
{
    for (const ListName &name : lists) {
        const QString key = QString::fromLatin1(name.key);
        BranchListModel *model = m_session->model(name.list);
        m_view->setListModel(key, model);
        m_view->restoreColumns(key, windowSettings().value(columnsKey(key)).toByteArray());
        const bool isByDays = name.list == BranchList::Overdue;
        m_view->showOrder(key, isByDays ? u"-due"_s : model->order().column,
                          isByDays != model->order().descending);
    }
}

void BranchPage::joinView()
{
    BranchSession *session = m_session.get();
    connect(session, &BranchSession::countsChanged, this, &BranchPage::showCounts);
    connect(session, &BranchSession::listChanged, this, &BranchPage::showState);
    connect(m_view, &BranchView::tabChosen, this, [this](const QString &key) {
        windowSettings().setValue(u"branch/list"_s, key);
        showList(key);
    });
    connect(m_view, &BranchView::wordsEdited, this, [session](const QString &words) {
        BranchFilter filter = session->model()->filter();
        filter.words = words.trimmed();
        session->model()->setFilter(filter);
    });
    connect(m_view, &BranchView::filterChosen, this, &BranchPage::filter);
    connect(m_view, &BranchView::sortRequested, this, [this, session](const QString &key, bool descending) {
        session->model()->sortBy(key, descending);
        m_view->showOrder(m_view->currentTab(), key, descending);
    });
    connect(m_view, &BranchView::rowOpened, this, &BranchPage::openRow);
    connect(m_view, &BranchView::editCopyRequested, this, &BranchPage::openRow);
    connect(m_view, &BranchView::columnsChanged, this, [](const QString &tab, const QByteArray &columns) {
        windowSettings().setValue(columnsKey(tab), columns);
    });
    connect(m_view, &BranchView::marksCleared, this, [session] { session->model()->clearMarks(); });
    connect(m_view, &BranchView::retryRequested, session, &BranchSession::refresh);
    connect(m_view, &BranchView::renewRequested, this, &BranchPage::renewMarked);
    connect(m_renewals.get(), &Renewals::answered, this, &BranchPage::showRenewals);
    connect(m_renewals.get(), &Renewals::finished, this, &BranchPage::showRenewals);
}

void BranchPage::setBranch(const BranchEntry &branch)
{
    m_desk = branch;
    showBranch(branch);
}

void BranchPage::visit(const BranchEntry &branch, const QString &key)
{
    showBranch(branch);
    showList(key);
}

void BranchPage::showBranch(const BranchEntry &branch)
{
    m_view->setBranchName(branch.name);
    m_session->setBranch(branch);
    m_view->setFilter({}, {});
    showRefusals();
    readChoices();
    showState();
}

void BranchPage::setPermissions(const Permissions &permissions)
{
    const bool wasRefused = !listRefusal().isEmpty();
    m_permissions = permissions;
    showRefusals();
    if (wasRefused && listRefusal().isEmpty())
        m_session->refresh();
    showState();
}

/// Copies are for everybody; what is lent is not.
QString BranchPage::listRefusal() const
{
    const BranchEntry &branch = m_session->branch();
    if (m_session->model()->list() == BranchList::Copies || m_session->model()->list() == BranchList::Lost ||
        branch.id.isNull())
        return {};
    return m_permissions.refusal({"desk"_L1, "patrons"_L1, "branch"_L1, "reports"_L1}, branch,
                                 tr("see what is lent"));
}

void BranchPage::showRefusals()
{
    m_view->setEditRefusal(m_permissions.refusal("branch"_L1, m_session->branch(), tr("edit copies")));
    if (!m_renewals->isRunning())
        m_view->setWaiting(m_permissions.refusal("desk"_L1, m_desk, tr("renew loans")));
}

void BranchPage::readChoices()
{
    const auto show = [this](const QString &field) {
        return [this, field](const Result<std::vector<CodeName>> &types) {
            if (!types)
                return; // the lists work without this filter
            QList<FilterChip::Choice> choices;
            for (const CodeName &type : *types)
                choices.append({type.code, type.name});
            for (const ListName &name : lists)
                m_view->setChoices(QString::fromLatin1(name.key), field, choices);
        };
    };
    watch(userTypes(*m_cluster), this, show(u"user_type"_s));
    watch(materialTypes(*m_cluster), this, show(u"material"_s));
}

void BranchPage::setOnScreen(bool onScreen)
{
    if (!onScreen && !m_desk.id.isNull() && m_session->branch().id != m_desk.id)
        showBranch(m_desk); // the visit is over
    m_session->setOnScreen(onScreen);
}

void BranchPage::recovered()
{
    m_session->refresh();
    readChoices();
}

bool BranchPage::isReady() const
{
    return m_session && m_session->isReady();
}

void BranchPage::showList(const QString &key)
{
    const ListName *name = nameOf(key);
    if (!m_session) {
        m_wishedList = key;
        return;
    }
    if (name == nullptr)
        name = nameOf(u"overdue"_s);
    m_view->showTab(QString::fromLatin1(name->key));
    m_session->setList(name->list);
    const BranchFilter &filter = m_session->model()->filter();
    QStringList late;
    if (filter.lateFrom > 0)
        late << u"%1-%2"_s.arg(filter.lateFrom).arg(filter.lateTo);
    m_view->setFilter(filter.words, {{u"status"_s, filter.statuses},
                                     {u"material"_s, filter.materials},
                                     {u"user_type"_s, filter.userTypes},
                                     {u"kind"_s, filter.kinds},
                                     {u"late"_s, late}});
    showState();
}

void BranchPage::filter(const QString &field, const QStringList &values)
{
    BranchFilter filter = m_session->model()->filter();
    if (field == "status"_L1)
        filter.statuses = values;
    else if (field == "material"_L1)
        filter.materials = values;
    else if (field == "user_type"_L1)
        filter.userTypes = values;
    else if (field == "kind"_L1)
        filter.kinds = values;
    else if (field == "late"_L1) {
        filter.lateFrom = values.value(0).section(u'-', 0, 0).toInt();
        filter.lateTo = values.value(0).section(u'-', 1).toInt();
    }
    m_session->model()->setFilter(filter);
}

void BranchPage::showState()
{
    const BranchListModel *model = m_session->model();
    BranchNote note{.count = model->rowCount(),
                    .isCountKnown = model->isCountKnown(),
                    .asOf = clockText(model->asOf()),
                    .shardName = m_session->branch().shard};
    if (const auto &error = model->error()) {
        if (!isSilence(*error)) {
            note.error = error->message;
            note.hint = error->hint;
        }
    }
    auto state = BranchView::State::Loading;
    if (model->state() == PagedModel::State::Ready)
        state = note.count > 0 ? BranchView::State::Ready : BranchView::State::Empty;
    else if (model->state() == PagedModel::State::Failed)
        state = BranchView::State::Failed;
    else if (model->state() == PagedModel::State::Stale)
        state = BranchView::State::Stale;
    if (const QString refusal = listRefusal(); !refusal.isEmpty()) {
        state = BranchView::State::NotAllowed;
        note.error = refusal.section(u". "_s, 0, 0) + u'.';
        note.hint = refusal.section(u". "_s, 1);
    }
    m_view->setState(state, note);

    QSet<QString> patrons;
    for (const BranchListModel::Marked &loan : model->marked())
        patrons << loan.patron;
    patrons.remove(QString());
    const QString detail = patrons.isEmpty()     ? QString()
                           : patrons.size() == 1 ? tr("1 patron")
                                                 : tr("%1 patrons").arg(QLocale().toString(patrons.size()));
    m_view->setMarked(static_cast<int>(model->marked().size()), detail);
}

void BranchPage::showCounts()
{
    const auto &counts = m_session->counts();
    const auto show = [&](BranchList list, qint64 BranchCounts::*count) {
        m_view->setTabCount(keyOf(list), counts ? QLocale().toString((*counts).*count) : QString());
    };
    show(BranchList::OnLoan, &BranchCounts::onLoan);
    show(BranchList::Overdue, &BranchCounts::overdue);
    show(BranchList::DueSoon, &BranchCounts::dueSoon);
    show(BranchList::Lost, &BranchCounts::lost);
    show(BranchList::Copies, &BranchCounts::copies);
    show(BranchList::Today, &BranchCounts::today);
}

void BranchPage::openRow(int row)
{
    const BranchListModel *model = m_session->model();
    const BranchList list = model->list();
    const bool isLoan =
        list == BranchList::OnLoan || list == BranchList::Overdue || list == BranchList::DueSoon;
    if (list == BranchList::Copies || list == BranchList::Lost) {
        if (model->isLoaded(row))
            Q_EMIT editCopyRequested(m_session->branch().id.toString(QUuid::WithoutBraces),
                                     model->value(row, "id").toString());
        return;
    }
    const QString patron = isLoan ? model->value(row, "patron_id").toString() : QString();
    if (!patron.isEmpty())
        Q_EMIT patronOpened(patron);
    else if (model->isLoaded(row))
        Q_EMIT bookOpened(model->value(row, "book_id").toString());
}

void BranchPage::renewMarked()
{
    QStringList barcodes;
    for (const BranchListModel::Marked &loan : m_session->model()->marked())
        barcodes << loan.barcode;
    m_renewals->start(m_desk, barcodes);
}

void BranchPage::showRenewals()
{
    if (m_renewals->isRunning()) {
        m_view->setWaiting(tr("Renewing: %1 of %2 done.")
                               .arg(QLocale().toString(static_cast<int>(m_renewals->answers().size())),
                                    QLocale().toString(m_renewals->count())));
        return;
    }
    showRefusals();
    // Each reason once, with how many loans it stopped.
    QStringList problems;
    QHash<QString, int> times;
    for (const CirculationAnswer &answer : m_renewals->answers()) {
        const QString problem = Renewals::problem(answer);
        if (!problem.isEmpty() && ++times[problem] == 1)
            problems << problem;
    }
    for (QString &problem : problems) {
        if (const int count = times.value(problem); count > 1)
            problem = tr("%1 (%2 loans)").arg(problem, QLocale().toString(count));
    }
    m_view->messages()->showMessage(problems.isEmpty() ? MessageBar::Kind::Info : MessageBar::Kind::Warning,
                                    m_renewals->summary(), problems.join(u' '), {}, problems.isEmpty());
    m_session->model()->clearMarks();
    m_session->refresh();
}

} // namespace Branchline
