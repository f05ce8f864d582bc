// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "app/ctl/interrupt.h"
#include "app/ctl/progressline.h"
#include "db/catalogue/bookexport.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

int exportAll(Context &context)
{
    const QString file = context.arguments().value(0, u"-"_s);
    const bool isToStdout = file == "-"_L1;
    if (isToStdout && context.isJson())
        throw UsageError(tr("--json needs a file: without one the catalogue itself goes to the output."));
    Cluster &cluster = context.cluster();
    const Interrupt interrupt;
    ProgressLine line(!isToStdout && !context.isJson());
    const auto step = [&](qint64 books) {
        line.show(tr("%1 books written").arg(QLocale::c().toString(books)));
        return !interrupt.isAsked();
    };
    if (isToStdout) {
        QFile output;
        if (!output.open(stdout, QIODevice::WriteOnly))
            throw DbException({.kind = DbErrorKind::Internal, .message = output.errorString()});
        exportBooks(cluster, output, step).orThrow();
        if (!output.flush()) // the rest was still in memory
            throw DbException(
                {.kind = DbErrorKind::InvalidValue,
                 .message = tr("The catalogue cannot be written: %1.").arg(output.errorString()),
                 .hint = tr("Make room where the output goes, and repeat the command.")});
        return Success;
    }
    const ExportReport report = exportBooks(cluster, file, step).valueOrThrow();
    line.clear();
    return context.finish(
        {{u"books"_s, report.books}, {u"file"_s, report.file}},
        tr("%1 books have been written to %2.").arg(QLocale::c().toString(report.books), report.file));
}

} // namespace

std::vector<Command> exportCommands()
{
    return {{.name = u"export books"_s,
             .summary = tr("Writes the catalogue as CSV that “import books” reads again."),
             .arguments = u"[FILE]"_s,
             .mostArguments = 1,
             .example = u"branchlinectl export books catalogue.csv"_s,
             .run = exportAll}};
}

} // namespace Branchline::Ctl
