// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/roles.h"
#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/statuslight.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QPainter>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// How bright a colour is to the eye, 0 to 1 (WCAG 2).
double luminance(const QColor &color)
{
    const auto linear = [](double c) {
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(static_cast<double>(color.redF())) +
           0.7152 * linear(static_cast<double>(color.greenF())) +
           0.0722 * linear(static_cast<double>(color.blueF()));
}

double contrast(const QColor &a, const QColor &b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

} // namespace

class TestWidgets final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void everyStatusIsReadable_data();
    void everyStatusIsReadable();
    void themeSwitchRepaints();
    void everyIconIsDrawn();
    void iconsTakeTheColour();
    void directedIconsAreMirrored();
    void controlsHaveTheirHeights();
    void largeFontsMakeControlsHigher();
    void buttonShowsItsKey();
    void buttonFollowsItsAction();
    void scanBoxEmptiesBeforeItTells();
    void scanBoxKeepsQuietOnNothing();
    void scanBoxLeavesControlEnterAlone();
    void scanBoxOfflineSaysSo();
    void searchFieldEmpties();
    void switchTellsOnce();
    void messageBarSaysAndHides();
    void messageBarPressesItsActions();
    void lightsDifferInShape();
    void tableRowsHaveTheirHeights();
    void tableActivatesOnEnter();
    void cellsMirror();
};

void TestWidgets::init()
{
    Theme::instance()->setMode(Theme::Mode::Light);
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

void TestWidgets::everyStatusIsReadable_data()
{
    QTest::addColumn<Theme::Mode>("mode");
    QTest::newRow("light") << Theme::Mode::Light;
    QTest::newRow("dark") << Theme::Mode::Dark;
}

void TestWidgets::everyStatusIsReadable()
{
    QFETCH(Theme::Mode, mode);
    Theme::instance()->setMode(mode);
    const ThemeColors &c = colors();
    for (const Status status : {Status::Available, Status::Lent, Status::Overdue, Status::Refused,
                                Status::Unknown, Status::Offline}) {
        for (const QColor &ground : {c.surface, c.window, c.hover, c.selected, c.soft(status)})
            QVERIFY2(contrast(c.status(status), ground) >= 4.5, qPrintable(statusIconName(status)));
    }
    for (const QColor &ground : {c.surface, c.window, c.hover, c.selected, c.sunken, c.accentSoft}) {
        QVERIFY(contrast(c.text, ground) >= 4.5);
        QVERIFY(contrast(c.muted, ground) >= 4.5);
    }
    QVERIFY(contrast(c.accentText, c.accent) >= 4.5);
    QVERIFY(contrast(c.control, c.surface) >= 3.0);
}

void TestWidgets::themeSwitchRepaints()
{
    QSignalSpy changed(Theme::instance(), &Theme::changed);
    Button button({}, u"Save"_s);
    const QImage light = button.grab().toImage();
    Theme::instance()->setMode(Theme::Mode::Dark);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(QApplication::palette().color(QPalette::Base), colors().surface);
    const QImage dark = button.grab().toImage();
    QVERIFY(light != dark);
    QCOMPARE(dark.pixelColor(dark.width() / 2, 4), colors().surface);
    Theme::instance()->setMode(Theme::Mode::Dark);
    QCOMPARE(changed.count(), 1);
}

void TestWidgets::everyIconIsDrawn()
{
    const QStringList files = QDir(u":/icons"_s).entryList({u"*.svg"_s});
    QVERIFY(files.size() >= 58);
    for (const QString &file : files) {
        const QImage image = iconPixmap(file.chopped(4), {24, 24}, 1.5, Qt::black).toImage();
        QCOMPARE(image.size(), QSize(36, 36));
        bool ink = false;
        for (int y = 0; y < image.height() && !ink; ++y) {
            for (int x = 0; x < image.width() && !ink; ++x)
                ink = image.pixelColor(x, y).alpha() > 128;
        }
        QVERIFY2(ink, qPrintable(file));
    }
}

void TestWidgets::iconsTakeTheColour()
{
    const QImage image = iconPixmap(u"menu"_s, {24, 24}, 1, QColor(Qt::red)).toImage();
    const QColor middle = image.pixelColor(12, 12);
    QVERIFY(middle.alpha() > 128);
    QCOMPARE(middle.red(), 255);
    QCOMPARE(middle.green(), 0);
}

void TestWidgets::directedIconsAreMirrored()
{
    const QImage plain = iconPixmap(u"undo"_s, {24, 24}, 1, Qt::black).toImage();
    const QImage mirrored = iconPixmap(u"undo"_s, {24, 24}, 1, Qt::black, true).toImage();
    QCOMPARE(mirrored, plain.mirrored(true, false));
    QVERIFY(isMirroredIcon(u"undo"_s));
    QVERIFY(!isMirroredIcon(u"desk"_s));
}

void TestWidgets::controlsHaveTheirHeights()
{
    Button normal({}, u"Save"_s);
    QCOMPARE(normal.sizeHint().height(), controlHeight(32, normal.font()));
    Button small({}, u"Save"_s);
    small.setSmall(true);
    QCOMPARE(small.sizeHint().height(), controlHeight(26, small.font(), 6));
    QVERIFY(small.sizeHint().height() < normal.sizeHint().height());
    QCOMPARE(QLineEdit().sizeHint().height(), controlHeight(32, QApplication::font()));
    QCOMPARE(QComboBox().sizeHint().height(), controlHeight(32, QApplication::font()));
    QVERIFY(QCheckBox(u"On"_s).sizeHint().height() >= 26);
    QCOMPARE(ScanBox().sizeHint().height(), controlHeight(52, textFont(TextRole::Title), 16));
}

void TestWidgets::largeFontsMakeControlsHigher()
{
    const QFont before = QApplication::font();
    QFont large = before;
    large.setPointSizeF(before.pointSizeF() * 2.5);
    QApplication::setFont(large);
    Button button({}, u"Save"_s);
    const int height = button.sizeHint().height();
    const int line = textHeight(textFont(TextRole::Body));
    QApplication::setFont(before);
    QVERIFY(height >= line + 10);
}

void TestWidgets::buttonShowsItsKey()
{
    const Button plain({}, u"Done"_s);
    const Button keyed({}, u"Done"_s, u"Ctrl+Enter"_s);
    QVERIFY(keyed.sizeHint().width() > plain.sizeHint().width());
    QVERIFY(!plain.autoDefault());
}

void TestWidgets::buttonFollowsItsAction()
{
    QAction action(u"Try now"_s);
    QSignalSpy triggered(&action, &QAction::triggered);
    Button button({}, {});
    button.followAction(&action);
    QCOMPARE(button.text(), u"Try now"_s);
    button.click();
    QCOMPARE(triggered.count(), 1);
    action.setEnabled(false);
    QVERIFY(!button.isEnabled());
}

void TestWidgets::scanBoxEmptiesBeforeItTells()
{
    ScanBox box;
    QStringList scans;
    QStringList rest;
    connect(&box, &ScanBox::scanned, this, [&](const QString &text) {
        scans.append(text);
        rest.append(box.text());
    });
    QTest::keyClicks(&box, u"  310044172063 "_s);
    QTest::keyClick(&box, Qt::Key_Return);
    QTest::keyClicks(&box, u"2041"_s);
    QTest::keyClick(&box, Qt::Key_Enter);
    QCOMPARE(scans, (QStringList{u"310044172063"_s, u"2041"_s}));
    QCOMPARE(rest, (QStringList{QString(), QString()}));
}

void TestWidgets::scanBoxKeepsQuietOnNothing()
{
    ScanBox box;
    QSignalSpy scanned(&box, &ScanBox::scanned);
    QTest::keyClick(&box, Qt::Key_Return);
    QTest::keyClicks(&box, u"   "_s);
    QTest::keyClick(&box, Qt::Key_Return);
    QCOMPARE(scanned.count(), 0);
    QVERIFY(box.text().isEmpty());
}

void TestWidgets::scanBoxLeavesControlEnterAlone()
{
    ScanBox box;
    QSignalSpy scanned(&box, &ScanBox::scanned);
    QTest::keyClicks(&box, u"31"_s);
    QTest::keyClick(&box, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(scanned.count(), 0);
    QCOMPARE(box.text(), u"31"_s);
}

void TestWidgets::scanBoxOfflineSaysSo()
{
    ScanBox box;
    const QString online = box.placeholderText();
    box.setOffline(true);
    QVERIFY(box.placeholderText() != online);
    QCOMPARE(box.accessibleDescription(), box.placeholderText());
    QVERIFY(box.isEnabled());
    box.setOffline(false);
    QCOMPARE(box.placeholderText(), online);
}

void TestWidgets::searchFieldEmpties()
{
    SearchField field(u"Search"_s, u"Ctrl+K"_s);
    field.resize(300, 32);
    field.show();
    auto *clear = field.findChild<Button *>();
    QVERIFY(clear);
    QVERIFY(!clear->isVisible());
    QTest::keyClicks(&field, u"eco"_s);
    QVERIFY(clear->isVisible());
    clear->click();
    QVERIFY(field.text().isEmpty());
    QVERIFY(!clear->isVisible());
}

void TestWidgets::switchTellsOnce()
{
    SegmentedSwitch choice;
    choice.addSegment(u"Check out"_s, u"F1"_s);
    choice.addSegment(u"Check in"_s, u"F2"_s);
    QCOMPARE(choice.currentIndex(), 0);
    QSignalSpy changed(&choice, &SegmentedSwitch::currentChanged);
    choice.setCurrentIndex(1);
    choice.setCurrentIndex(1);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed.first().first().toInt(), 1);
}

void TestWidgets::messageBarSaysAndHides()
{
    QWidget page;
    MessageBar bar(&page);
    page.show();
    QVERIFY(!bar.isVisible());
    bar.showMessage(MessageBar::Kind::Offline, u"North does not answer."_s, u"Go on <scanning>."_s);
    QVERIFY(bar.isVisible());
    QCOMPARE(bar.message(), u"North does not answer. Go on <scanning>."_s);
    QCOMPARE(bar.accessibleDescription(), bar.message());
    bar.clear();
    QVERIFY(!bar.isVisible());
    QVERIFY(bar.message().isEmpty());
}

void TestWidgets::messageBarPressesItsActions()
{
    QWidget page;
    MessageBar bar(&page);
    QAction again(u"Try now"_s);
    QSignalSpy triggered(&again, &QAction::triggered);
    bar.showMessage(MessageBar::Kind::Warning, u"2 of 3 shards answered."_s, {}, {&again});
    const auto buttons = bar.findChildren<Button *>();
    QCOMPARE(buttons.size(), 1);
    buttons.first()->click();
    QCOMPARE(triggered.count(), 1);
}

void TestWidgets::lightsDifferInShape()
{
    QList<QImage> shapes;
    for (const auto state : {StatusLight::State::Ok, StatusLight::State::Slow, StatusLight::State::Down,
                             StatusLight::State::Idle, StatusLight::State::Moving}) {
        QImage image(20, 20, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        paintLight(&painter, image.rect(), state);
        painter.end();
        shapes.append(image.convertToFormat(QImage::Format_Alpha8));
    }
    for (qsizetype i = 0; i < shapes.size(); ++i) {
        for (qsizetype j = 0; j < i; ++j)
            QVERIFY(shapes.at(i) != shapes.at(j));
    }
}

void TestWidgets::tableRowsHaveTheirHeights()
{
    QStandardItemModel model(3, 2);
    TableView table;
    table.setModel(&model);
    QCOMPARE(table.rowHeight(0), table.cells()->rowHeight());
    TableView compact;
    compact.setCompact(true);
    compact.setModel(&model);
    QVERIFY(compact.rowHeight(0) < table.rowHeight(0));
}

void TestWidgets::tableActivatesOnEnter()
{
    QStandardItemModel model(3, 2);
    TableView table;
    table.setModel(&model);
    QSignalSpy activated(&table, &TableView::rowActivated);
    table.selectRow(1);
    QTest::keyClick(&table, Qt::Key_Return);
    QCOMPARE(activated.count(), 1);
    QCOMPARE(activated.first().first().toModelIndex().row(), 1);
}

void TestWidgets::cellsMirror()
{
    QStandardItemModel model(1, 2);
    model.setData(model.index(0, 1), u"Lent"_s);
    model.setData(model.index(0, 1), static_cast<int>(Status::Overdue), Roles::StatusKind);
    const CellDelegate delegate;
    const auto inkAtLeft = [&](Qt::LayoutDirection direction) {
        QImage image(200, 32, QImage::Format_RGB32);
        QPainter painter(&image);
        QStyleOptionViewItem option;
        option.rect = image.rect();
        option.direction = direction;
        delegate.paint(&painter, option, model.index(0, 1));
        painter.end();
        bool ink = false;
        for (int x = 0; x < 60; ++x) {
            for (int y = 4; y < 28; ++y)
                ink = ink || image.pixelColor(x, y) != colors().surface;
        }
        return ink;
    };
    QVERIFY(inkAtLeft(Qt::LeftToRight));
    QVERIFY(!inkAtLeft(Qt::RightToLeft));
}

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    Theme::install(application);
    TestWidgets test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_widgets.moc"
