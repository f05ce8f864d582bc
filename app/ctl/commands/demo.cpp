// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/demo.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

} // namespace

QCommandLineOption demoOption()
{
    return {u"demo"_s, tr("Fill the empty library with the demo library: books, branches, patrons, loans.")};
}

std::optional<DemoOutcome> loadDemo(Context &context, const AdminAddresses &addresses)
{
    if (!context.isSet(u"demo"_s))
        return {};
    return loadDemoLibrary(addresses, {.day = {},
                                       .echo = context.config().sqlEcho,
                                       .progress = [&](const QString &line) { context.say(line); }})
        .valueOrThrow();
}

void addDemo(QJsonObject &object, QString &text, const std::optional<DemoOutcome> &outcome)
{
    if (!outcome)
        return;
    object.insert(u"demo"_s, QJsonObject{{u"loaded"_s, outcome->isNew},
                                         {u"day"_s, outcome->day.toString(Qt::ISODate)},
                                         {u"books"_s, outcome->books},
                                         {u"branches"_s, outcome->branches},
                                         {u"patrons"_s, outcome->patrons},
                                         {u"copies"_s, outcome->copies},
                                         {u"loans"_s, outcome->loans},
                                         {u"open_loans"_s, outcome->openLoans},
                                         {u"overdue"_s, outcome->overdue}});
    text += u'\n' + (outcome->isNew ? tr("The demo library has been loaded:")
                                    : tr("The demo library was there already, made for %1:")
                                          .arg(outcome->day.toString(Qt::ISODate)));
    text += u' ' + tr("%1 books, %2 branches, %3 patrons, %4 copies and %5 loans.")
                       .arg(outcome->books)
                       .arg(outcome->branches)
                       .arg(outcome->patrons)
                       .arg(outcome->copies)
                       .arg(outcome->loans);
}

} // namespace Branchline::Ctl
