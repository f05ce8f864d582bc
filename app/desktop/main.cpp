// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "db/connection/abandonedthreads.h"
#include "db/signin/privatememory.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QMetaEnum>
#include <QTranslator>

#include <algorithm>
#include <cstdio>
#include <memory>

using namespace Qt::StringLiterals;
using namespace Branchline;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchline", text);
}

void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(
        tr("Branchline is the desk and catalogue of a library with many branches."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions(
        {{u"dir"_s, tr("Use the local library in this folder."), u"DIR"_s},
         {u"database-url"_s, tr("Use this main database instead of DATABASE_URL."), u"URL"_s},
         {u"branch"_s, tr("Open the desk of the branch with this code."), u"CODE"_s},
         {u"page"_s, tr("Open this page: desk, catalogue, patrons, branch, statistics, staff or audit."),
          u"PAGE"_s, u"desk"_s},
         {u"sign-in"_s, tr("Ask who works here, even where the password is at hand.")},
         {u"search"_s, tr("Search the catalogue for these words."), u"WORDS"_s},
         {u"card"_s, tr("Open the desk with the patron who has this card."), u"CARD"_s},
         {u"theme"_s, tr("Appearance: system, light or dark."), u"THEME"_s, u"system"_s},
         {u"size"_s, tr("Size of the window, such as 1366x768."), u"SIZE"_s},
         {u"render"_s, tr("Draw the window into this PNG file and end."), u"FILE"_s}});
}

/// Whether only help or version are asked for, which need no display.
bool asksForText(int argc, char *argv[])
{
    return std::any_of(argv + 1, argv + argc, [](const char *word) {
        const QByteArrayView option(word);
        return option == "--help" || option == "-h" || option == "--help-all" || option == "--version" ||
               option == "-v";
    });
}

/// The pages as --page takes them, in the order of the rail.
QStringList pageNames()
{
    const auto pages = QMetaEnum::fromType<MainWindow::Page>();
    QStringList names;
    for (int i = 0; i < pages.keyCount(); ++i)
        names << QString::fromLatin1(pages.key(i)).toLower();
    return names;
}

std::optional<MainWindow::Page> pageNamed(const QString &name)
{
    const qsizetype index = pageNames().indexOf(name);
    if (index < 0)
        return std::nullopt;
    return static_cast<MainWindow::Page>(index);
}

int wrongUsage(const QString &message)
{
    std::fputs(qPrintable("branchline: "_L1 + message + u'\n'), stderr);
    return 2;
}

} // namespace

int main(int argc, char *argv[])
{
    keepMemoryPrivate();
    if (asksForText(argc, argv))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"branchline"_s);
    QCoreApplication::setOrganizationName(u"branchline"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(BRANCHLINE_VERSION));
    QGuiApplication::setApplicationDisplayName(u"Branchline"_s);
    QGuiApplication::setDesktopFileName(u"io.github.branchline.Branchline"_s);

    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application);

    // Without a desktop there is no system font worth the name; Inter is what the package brings.
    if (QGuiApplication::platformName() == "offscreen"_L1)
        QApplication::setFont(QFont(u"Inter"_s, 10));
    Theme *theme = Theme::install(application);
    const WindowSettings &settings = windowSettings(); // read now: later the window would wait for the disk
    const QString appearance = parser.value(u"theme"_s);
    if (appearance != "system"_L1 && appearance != "light"_L1 && appearance != "dark"_L1)
        return wrongUsage(tr("--theme takes system, light or dark."));
    if (parser.isSet(u"theme"_s))
        theme->setMode(appearance == "dark"_L1    ? Theme::Mode::Dark
                       : appearance == "light"_L1 ? Theme::Mode::Light
                                                  : Theme::Mode::System);
    else
        theme->setMode(static_cast<Theme::Mode>(settings.value(u"window/appearance"_s, 0).toInt()));

    const auto page = pageNamed(parser.value(u"page"_s));
    if (!page)
        return wrongUsage(tr("--page takes %1.").arg(pageNames().join(u", "_s)));
    const bool hasDir = parser.isSet(u"dir"_s);
    auto branchline = std::make_unique<Application>(StartOptions{
        .library = {.databaseUrl = parser.value(u"database-url"_s),
                    .directory = hasDir ? parser.value(u"dir"_s) : qEnvironmentVariable("BRANCHLINE_DIR"),
                    .onlyLocal = hasDir},
        .branchCode = parser.value(u"branch"_s),
        .page = *page,
        .search = parser.value(u"search"_s),
        .card = parser.value(u"card"_s),
        .size = parser.value(u"size"_s),
        .renderFile = parser.value(u"render"_s),
        .mustSignIn = parser.isSet(u"sign-in"_s)});
    branchline->start();
    const int status = QApplication::exec();
    branchline.reset(); // with its connections
    return leaveProgram(status);
}
