// SPDX-License-Identifier: GPL-3.0-or-later
// branchline-shots FOLDER [PAGE…]: takes pictures of every page in each of its states, to be laid beside the
// design. Not a test. Run by ./dev shots, with QT_QPA_PLATFORM=offscreen and with QT_SCALE_FACTOR for other
// scales.
#include "tests/ui/shots/stage.h"
#include "ui/widgets/theme.h"

#include <QApplication>

#include <cstdio>

using namespace Branchline;
using namespace Qt::StringLiterals;

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const QStringList words = QApplication::arguments().mid(1);
    if (words.isEmpty())
        qFatal("Name the folder for the pictures: branchline-shots FOLDER [PAGE…]");
    QCoreApplication::setApplicationName(u"branchline"_s);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QFont font(u"Inter"_s);
    font.setPointSizeF(10);
    QApplication::setFont(font);
    QApplication::setCursorFlashTime(0); // a picture must not depend on the blinking of a cursor
    Theme::install(application);

    Stage stage(words.first());
    const std::pair<QString, void (*)(Stage &)> pages[] = {
        {u"desk"_s, takeDesk},     {u"catalogue"_s, takeCatalogue},   {u"patrons"_s, takePatrons},
        {u"branch"_s, takeBranch}, {u"statistics"_s, takeStatistics}, {u"editor"_s, takeEditor},
        {u"import"_s, takeImport}, {u"shell"_s, takeShell},           {u"staff"_s, takeStaff},
        {u"signin"_s, takeSignIn},
    };
    for (const auto &[name, takePage] : pages) {
        if (words.size() > 1 && !words.contains(name))
            continue;
        std::printf("%s\n", qPrintable(name));
        std::fflush(stdout);
        takePage(stage);
    }
    return 0;
}
