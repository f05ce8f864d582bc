// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/auditpage.h"

#include "models/watch.h"
#include "ui/history/auditfilterbar.h"
#include "ui/widgets/messagebar.h"

#include <QFileDialog>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

AuditPage::AuditPage(QObject *parent)
    : PageController(parent)
    , m_view(new AuditView)
{
    connect(m_view, &AuditView::recordRequested, this, &AuditPage::openRecord);
    connect(m_view, &AuditView::exportRequested, this, &AuditPage::askForFile);
}

AuditPage::~AuditPage() = default;

void AuditPage::open(Cluster &cluster, ChangeFeed &)
{
    m_cluster = &cluster;
    m_session = std::make_unique<HistorySession>(cluster);
    m_view->setSession(m_session.get());
}

void AuditPage::setBranch(const BranchEntry &branch)
{
    m_branch = branch;
    showBranches();
}

void AuditPage::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    showBranches();
    m_hasPeople = false;
    if (m_isOnScreen)
        setOnScreen(true);
}

/// Whoever answers for some branches chooses among those, and begins with the one of this desk.
void AuditPage::showBranches()
{
    if (!m_cluster)
        return;
    const Rights &rights = m_permissions.rights();
    const bool isAll = !m_permissions.isKnown() || rights.mayEverywhere("library"_L1);
    QList<FilterChip::Choice> choices;
    QStringList ids;
    for (const BranchEntry &branch : m_cluster->directory()->branches()) {
        const QString id = branch.id.toString(QUuid::WithoutBraces);
        if (isAll || rights.may("library"_L1, branch.id) || rights.may("branch"_L1, branch.id)) {
            choices.append({id, branch.name});
            ids << id;
        }
    }
    m_view->filters()->setBranches(choices);
    const QString own = m_branch.id.toString(QUuid::WithoutBraces);
    if (!isAll && m_session->state() == HistorySession::State::Empty && ids.contains(own))
        m_view->filters()->setBranch(own);
}

void AuditPage::readPeople()
{
    watch(historyActors(*m_cluster), this, [this](const Result<std::vector<HistoryActor>> &people) {
        if (!people)
            return; // the list works without this filter
        m_hasPeople = true;
        QList<FilterChip::Choice> choices;
        for (const HistoryActor &person : *people)
            choices.append({person.login, person.name});
        m_view->filters()->setPeople(choices);
    });
}

void AuditPage::setOnScreen(bool onScreen)
{
    m_isOnScreen = onScreen;
    // What a person scrolled to stays until they ask again.
    if (!onScreen || !m_permissions.isKnown())
        return;
    if (!m_hasPeople)
        readPeople();
    if (m_session->state() == HistorySession::State::Empty)
        m_view->read();
}

void AuditPage::recovered()
{
    if (!m_isOnScreen)
        return;
    if (!m_hasPeople)
        readPeople();
    if (m_session->state() == HistorySession::State::Failed || !m_session->missing().isEmpty())
        m_view->read();
}

bool AuditPage::isReady() const
{
    using State = HistorySession::State;
    return m_session && (m_session->state() == State::Ready || m_session->state() == State::Failed);
}

void AuditPage::openRecord(const HistoryEntry &entry)
{
    const QString id = entry.row.toString(QUuid::WithoutBraces);
    if (entry.table == "books"_L1) {
        Q_EMIT bookOpened(id);
    } else if (entry.table == "users"_L1) {
        Q_EMIT patronOpened(id);
    } else if (const BranchEntry *branch = m_cluster->directory()->branchByCode(entry.branchCode)) {
        Q_EMIT copyOpened(branch->id.toString(QUuid::WithoutBraces), id);
    }
}

void AuditPage::askForFile()
{
    if (m_export) {
        messages()->showMessage(MessageBar::Kind::Info, tr("The entries are being written to a file."),
                                tr("Wait until that is done."), {}, true);
        return;
    }
    auto *dialog = new QFileDialog(m_view->window(), tr("Export the entries"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setNameFilters({tr("CSV files (*.csv)")});
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"csv"_s);
    dialog->selectFile(tr("audit.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &AuditPage::save);
    dialog->open();
}

void AuditPage::save(const QString &file)
{
    m_export = std::make_unique<AuditExport>(*m_cluster, m_view->filters()->filter(), file);
    connect(
        m_export.get(), &AuditExport::finished, this, [this, file](const Result<AuditExport::Report> &done) {
            m_export.release()->deleteLater();
            if (!done) {
                messages()->showMessage(MessageBar::Kind::Error, done.error().message, done.error().hint);
                return;
            }
            const QString count = QLocale().toString(done->entries);
            const QString said = done->entries == 1
                                     ? tr("1 entry has been written to %1.").arg(file)
                                     : tr("%1 entries have been written to %2.").arg(count, file);
            if (!done->missing.isEmpty()) {
                messages()->showMessage(
                    MessageBar::Kind::Warning, said,
                    tr("Those of %1 are not in it, which did not answer.").arg(done->missing.join(u", "_s)));
            } else if (done->isCut) {
                messages()->showMessage(MessageBar::Kind::Warning, said,
                                        tr("There are more. Choose fewer days to write the rest."));
            } else {
                messages()->showMessage(MessageBar::Kind::Info, said, {}, {}, true);
            }
        });
    messages()->showMessage(MessageBar::Kind::Info, tr("The entries are being written to %1.").arg(file),
                            tr("You can go on working."));
    m_export->start();
}

} // namespace Branchline
