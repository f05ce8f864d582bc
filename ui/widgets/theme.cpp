// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/systemappearance.h"

#include <QApplication>
#include <QPalette>
#include <QPointer>
#include <QToolTip>

// Resources of a static library are registered only when something in it asks for them, and Qt's macro for
// that must stand outside any namespace.
static void registerIcons()
{
    Q_INIT_RESOURCE(icons);
}

namespace Branchline {

namespace {

QPointer<Theme> theInstance;

ThemeColors lightColors()
{
    ThemeColors c;
    c.window = QColor(0xF5F4F1);
    c.surface = QColor(0xFFFFFF);
    c.sunken = QColor(0xEDEBE6);
    c.hover = QColor(0xF0EEE9);
    c.border = QColor(0xDEDBD3);
    c.control = QColor(0x8B877E);
    c.text = QColor(0x1C1B19);
    c.muted = QColor(0x5D5A53);
    c.disabled = QColor(0x8F8B82);
    c.accent = QColor(0x1F5FA8);
    c.accentText = QColor(0xFFFFFF);
    c.accentHover = QColor(0x184F8E);
    c.accentSoft = QColor(0xE3ECF7);
    c.selected = QColor(0xD5E3F4);
    c.statusColors = {c.text,           QColor(0x0F7063), QColor(0x294A77), QColor(0x8F4F05),
                      QColor(0xBA2032), QColor(0x8C31C7), QColor(0x4C4943)};
    c.softColors = {c.sunken,         QColor(0xE0F1EE), QColor(0xE6ECF5), QColor(0xFBEBD9),
                    QColor(0xFBE6E8), QColor(0xF0E8F8), QColor(0xEBE9E5)};
    c.series = {QColor(0x1F5FA8), QColor(0xB37408), QColor(0x154E42), QColor(0xA580E2), QColor(0x411338)};
    return c;
}

ThemeColors darkColors()
{
    ThemeColors c;
    c.dark = true;
    c.window = QColor(0x1B1B1A);
    c.surface = QColor(0x242423);
    c.sunken = QColor(0x161615);
    c.hover = QColor(0x2D2D2B);
    c.border = QColor(0x3B3A37);
    c.control = QColor(0x7E7A72);
    c.text = QColor(0xEDEBE6);
    c.muted = QColor(0xB3AFA6);
    c.disabled = QColor(0x77736B);
    c.accent = QColor(0x8DBBF0);
    c.accentText = QColor(0x10233B);
    c.accentHover = QColor(0xA9CCF5);
    c.accentSoft = QColor(0x22344A);
    c.selected = QColor(0x2A4464);
    c.statusColors = {c.text,           QColor(0x54C79F), QColor(0xBCCEE9), QColor(0xFAB855),
                      QColor(0xFF8F96), QColor(0xD39FEE), QColor(0xCECDC9)};
    c.softColors = {c.sunken,         QColor(0x18352C), QColor(0x2C323B), QColor(0x3D2C17),
                    QColor(0x46222A), QColor(0x35274A), QColor(0x302F2D)};
    c.series = {QColor(0x8DBBF0), QColor(0xD67B15), QColor(0x5EDCB3), QColor(0xA05BD5), QColor(0xF3CDE3)};
    return c;
}

} // namespace

QPalette themePalette(const ThemeColors &c)
{
    QPalette p;
    p.setColor(QPalette::Window, c.window);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.surface);
    p.setColor(QPalette::AlternateBase, c.surface);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.muted);
    p.setColor(QPalette::Button, c.surface);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::Highlight, c.selected);
    p.setColor(QPalette::HighlightedText, c.text);
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::LinkVisited, c.accent);
    p.setColor(QPalette::ToolTipBase, c.surface);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Light, c.surface);
    p.setColor(QPalette::Midlight, c.border);
    p.setColor(QPalette::Mid, c.border);
    p.setColor(QPalette::Dark, c.control);
    p.setColor(QPalette::Shadow, c.control);
    p.setColor(QPalette::BrightText, c.status(Status::Refused));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.disabled);
    return p;
}

Theme *Theme::install(QApplication &application)
{
    if (!theInstance)
        theInstance = new Theme(application);
    return theInstance;
}

Theme *Theme::instance()
{
    Q_ASSERT_X(theInstance, "Theme::instance", "Theme::install() was not called");
    return theInstance;
}

Theme::Theme(QApplication &application)
    : QObject(&application)
    , m_system(new SystemAppearance(this))
{
    registerIcons();
    // Read before our own palette hides it: without a better source it tells what the system wants.
    const QPalette start = application.palette();
    m_darkAtStart = start.color(QPalette::Window).lightness() < start.color(QPalette::WindowText).lightness();
    connect(m_system, &SystemAppearance::changed, this, &Theme::apply);
    m_colors = systemIsDark() ? darkColors() : lightColors();
    QApplication::setStyle(new BranchlineStyle);
    QApplication::setPalette(themePalette(m_colors));
    QToolTip::setPalette(themePalette(m_colors));
}

void Theme::setMode(Mode mode)
{
    m_mode = mode;
    apply();
}

bool Theme::systemIsDark() const
{
    return m_system->isDark().value_or(m_darkAtStart);
}

void Theme::apply()
{
    const bool dark = m_mode == Mode::Dark || (m_mode == Mode::System && systemIsDark());
    if (dark == m_colors.dark)
        return;
    m_colors = dark ? darkColors() : lightColors();
    QApplication::setPalette(themePalette(m_colors));
    QToolTip::setPalette(themePalette(m_colors));
    Q_EMIT changed();
}

const ThemeColors &colors()
{
    return Theme::instance()->colors();
}

} // namespace Branchline
