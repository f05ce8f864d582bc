// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QObject>

#include <array>

class QApplication;
class QPalette;

namespace Branchline {

class SystemAppearance;

/// What a copy, a loan or a scan is; each has a colour, a soft ground, an icon and (elsewhere) a word.
/// The numbers are those of Roles::StatusKind.
enum class Status { None, Available, Lent, Overdue, Refused, Unknown, Offline };

/// Every colour of one theme. Contrast of each pair that occurs is at least 4.5, of outlines 3.
struct ThemeColors
{
    bool dark = false;
    QColor window;     // rail, bars, headers
    QColor surface;    // page, tables, fields
    QColor sunken;     // tags, portraits, progress tracks
    QColor hover;      // row under the pointer
    QColor border;     // separators; decorative
    QColor control;    // outline of fields and check boxes
    QColor text;       // all content
    QColor muted;      // labels, second lines, key hints
    QColor disabled;   // disabled text
    QColor accent;     // focus, links, the primary button
    QColor accentText; // text on accent
    QColor accentHover;
    QColor accentSoft; // info bar, chip that is on
    QColor selected;   // selected row, current page in the rail
    std::array<QColor, 7> statusColors;
    std::array<QColor, 7> softColors;
    std::array<QColor, 5> series; // of charts, in order; neighbours differ in lightness too

    /// Colour of text and icon of a status, readable on every ground; Status::None gives the text colour.
    QColor status(Status status) const { return statusColors.at(static_cast<std::size_t>(status)); }
    /// Ground of a row or tag of this status; Status::None gives the sunken ground.
    QColor soft(Status status) const { return softColors.at(static_cast<std::size_t>(status)); }
};

/// The look of the program: style, palette and colours. There is one, owned by the application, made by
/// install(). GUI thread only.
class Theme final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Theme)

public:
    enum class Mode { System, Light, Dark };
    Q_ENUM(Mode)

    /// Sets style and palette of the application and makes the one Theme. Call once, right after the
    /// application was made; a second call only returns what is there.
    static Theme *install(QApplication &application);
    /// The theme; install() must have been called.
    static Theme *instance();

    const ThemeColors &colors() const { return m_colors; }
    Mode mode() const { return m_mode; }
    /// Changes colours at once; changed() follows when they differ. The choice is not remembered here.
    void setMode(Mode mode);

Q_SIGNALS:
    /// The palette is already set; whatever keeps a pixmap or brush of its own repaints now.
    void changed();

private:
    explicit Theme(QApplication &application);
    void apply();
    bool systemIsDark() const;

    ThemeColors m_colors;
    Mode m_mode = Mode::System;
    bool m_darkAtStart = false;
    SystemAppearance *m_system;
};

/// The colours in use now.
const ThemeColors &colors();

/// The palette that goes with these colours; the same for active and inactive windows.
QPalette themePalette(const ThemeColors &colors);

} // namespace Branchline
