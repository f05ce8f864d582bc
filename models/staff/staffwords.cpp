// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/staffwords.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("StaffWords", text);
}

using Kind = StaffAct::Kind;

/// What is so where a server has done it.
QString doneWords(const StaffAct &act)
{
    switch (act.kind) {
    case Kind::Add:
        return tr("%1 may sign in").arg(act.staff.name);
    case Kind::Return:
        return tr("%1 may sign in again").arg(act.staff.name);
    case Kind::Disable:
        return tr("%1 is disabled").arg(act.staff.name);
    case Kind::Login:
        return act.staff.keepsPassword ? tr("%1 is in the group").arg(act.staff.name)
                                       : tr("%1 has the new password").arg(act.staff.name);
    case Kind::OwnPassword:
        break;
    }
    return tr("You have the new password");
}

QString completeRest(const StaffOutcome &outcome)
{
    int sessions = 0;
    for (const ServerOutcome &server : outcome.report->servers)
        sessions += server.sessionsEnded;
    const QLocale locale;
    switch (outcome.act.kind) {
    case Kind::Add:
    case Kind::Return:
        return tr("Tick the rights below: without them nothing can be done.");
    case Kind::Disable:
        return sessions == 0   ? tr("There are no rights and no open sessions any more.")
               : sessions == 1 ? tr("There are no rights any more, and 1 open session was ended.")
                               : tr("There are no rights any more, and %1 open sessions were ended.")
                                     .arg(locale.toString(sessions));
    case Kind::Login:
        return outcome.act.staff.keepsPassword
                   ? tr("It counts from the next sign-in on.")
                   : tr("The old one is no longer taken. Open sessions go on until they are closed.");
    case Kind::OwnPassword:
        break;
    }
    return tr("This window goes on. Use the new password when you sign in next.");
}

/// What is so meanwhile, and how it is finished.
QString partialRest(Kind kind)
{
    switch (kind) {
    case Kind::Add:
    case Kind::Return:
        return tr("There the sign-in is refused until this is finished. Rights can be given already.");
    case Kind::Disable:
        return tr("The rights are gone everywhere already; there only the login is still open.");
    case Kind::Login:
    case Kind::OwnPassword:
        break;
    }
    return tr("There everything is as it was. Sign-ins may fail until this is finished.");
}

} // namespace

QString listWords(const QStringList &words)
{
    if (words.size() < 2)
        return words.join(QString());
    return tr("%1 and %2").arg(words.mid(0, words.size() - 1).join(u", "_s), words.constLast());
}

QStringList rightCodes()
{
    return {u"desk"_s,   u"override:due_date"_s, u"override:limit"_s, u"patrons"_s,
            u"branch"_s, u"catalogue"_s,         u"reports"_s,        u"library"_s};
}

RightWords rightWords(const QString &code)
{
    const std::tuple<QLatin1StringView, const char *, const char *> known[] = {
        {"desk"_L1, QT_TRANSLATE_NOOP("StaffWords", "Lend and take back"),
         QT_TRANSLATE_NOOP("StaffWords", "Also renew, and see who has a loan of the branch.")},
        {"override:due_date"_L1, QT_TRANSLATE_NOOP("StaffWords", "Choose the due day"),
         QT_TRANSLATE_NOOP("StaffWords", "Lend until another day than the rule says.")},
        {"override:limit"_L1, QT_TRANSLATE_NOOP("StaffWords", "Lend above the limit"),
         QT_TRANSLATE_NOOP("StaffWords", "Although the patron has as many loans as allowed.")},
        {"patrons"_L1, QT_TRANSLATE_NOOP("StaffWords", "Patrons"),
         QT_TRANSLATE_NOOP("StaffWords", "Register and edit patrons at home there; see contact data.")},
        {"branch"_L1, QT_TRANSLATE_NOOP("StaffWords", "Copies"),
         QT_TRANSLATE_NOOP("StaffWords", "Add and edit the copies of the branch.")},
        {"catalogue"_L1, QT_TRANSLATE_NOOP("StaffWords", "Books"),
         QT_TRANSLATE_NOOP("StaffWords", "Edit the catalogue. At one branch is as good as at all.")},
        {"reports"_L1, QT_TRANSLATE_NOOP("StaffWords", "Reports"),
         QT_TRANSLATE_NOOP("StaffWords", "See the loans of the branch, without whose they are.")},
        {"library"_L1, QT_TRANSLATE_NOOP("StaffWords", "Rules and staff"),
         QT_TRANSLATE_NOOP("StaffWords", "Rules and rights there; at every branch: the whole library.")}};
    for (const auto &[one, name, explanation] : known) {
        if (one == code)
            return {tr(name), tr(explanation)};
    }
    if (code.startsWith("override:"_L1))
        return {code, tr("Lend although the rule says no with this code.")};
    return {code, {}};
}

QStringList staffGroups()
{
    return {u"branchline_report"_s, u"branchline_staff"_s, u"branchline_branch_admin"_s,
            u"branchline_admin"_s};
}

RightWords groupWords(const QString &group)
{
    const std::tuple<QLatin1StringView, const char *, const char *> known[] = {
        {"branchline_report"_L1, QT_TRANSLATE_NOOP("StaffWords", "Reports only"),
         QT_TRANSLATE_NOOP("StaffWords", "Reads figures and lists; lends and edits nothing.")},
        {"branchline_staff"_L1, QT_TRANSLATE_NOOP("StaffWords", "Staff"),
         QT_TRANSLATE_NOOP("StaffWords", "Works at desks, with books, copies and patrons.")},
        {"branchline_branch_admin"_L1, QT_TRANSLATE_NOOP("StaffWords", "Branch management"),
         QT_TRANSLATE_NOOP("StaffWords", "The same, and what a branch is managed with.")},
        {"branchline_admin"_L1, QT_TRANSLATE_NOOP("StaffWords", "Administration"),
         QT_TRANSLATE_NOOP("StaffWords", "The same, and rules, branches, shards and staff.")}};
    for (const auto &[one, name, explanation] : known) {
        if (one == group)
            return {tr(name), tr(explanation)};
    }
    return {group, {}};
}

OutcomeWords outcomeWords(const StaffOutcome &outcome)
{
    if (!outcome.report)
        return {outcome.report.error().message, outcome.report.error().hint};
    const QString done = doneWords(outcome.act);
    if (outcome.isComplete())
        return {tr("%1.").arg(done), completeRest(outcome)};
    QStringList did;
    QStringList missing;
    QStringList errors;
    for (const ServerOutcome &server : outcome.report->servers) {
        (server.error ? missing : did) += server.databases;
        if (!server.error)
            continue;
        // Where a server is at is no business of who looks after people.
        const QString error = server.error->isUnavailable()
                                  ? tr("%1 does not answer.").arg(listWords(server.databases))
                                  : server.error->message;
        if (!errors.contains(error))
            errors << error;
    }
    const QString first = did.isEmpty()
                              ? tr("No server has done it yet.")
                              : tr("%1 on %2, but not on %3.").arg(done, listWords(did), listWords(missing));
    return {first, QStringList{errors.join(u' '), partialRest(outcome.act.kind)}.join(u' ')};
}

} // namespace Branchline
