#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Theme: every colour, font and distance of the window and of exported pictures, by role. A value: load one
// with Theme::load() (from resources/themes/*.json, built into the program), hand it on by reference, replace
// it to switch between light and dark. Needs a QGuiApplication, because fonts do. Never null: a theme file
// that does not hold every role fails to load, and a unit test loads both.

#include "engine/base/result.h"
#include "views/theme/op_category.h"

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QPalette>
#include <QString>

#include <array>
#include <vector>

namespace orrery::theme {

enum class Mode : std::uint8_t { Light, Dark };

enum class Role : std::uint8_t {
    Window,        // behind docks and toolbars
    Surface,       // tables, inputs
    SurfaceRaised, // tooltips, legend, minimap, hovered buttons
    Border,        // thin lines between areas
    Text,
    TextMuted, // secondary text, units
    Accent,    // the one action colour; focus
    TextOnAccent,
    Selection,  // ring around what is selected
    Highlight,  // ring around what corresponds to the selection (origins, same tensor)
    Current,    // the op that is next to run
    Canvas,     // background of the graph
    CanvasDots, // its faint grid
    NodeFill,
    NodeBorder,
    NodeShadow,
    NodeText,
    NodeTextMuted,
    NodeHeaderText, // on every category colour, contrast ≥ 4.5:1
    Edge,
    EdgeLabel,
    BackEdge, // closes a cycle
    ControlEdge,
    GroupFill,
    GroupBorder,
    GroupText,
    StubFill,
    StubBorder,
    Info,
    Success,
    Warning,
    Error,
    NotANumber, // a NaN among coloured numbers, and an infinity; in no scale
    Infinite,
    NotMeasured, // "no number was captured here", never a heat colour
};

inline constexpr std::size_t roleCount = std::size_t(Role::NotMeasured) + 1;

enum class FontRole : std::uint8_t { Body, Small, Title, Heading, NodeTitle, NodeText, EdgeLabel, Mono };

// Distances in device-independent pixels, each step about 1.5 times the last.
enum class Space : std::uint8_t { Hairline = 1, Tiny = 2, Small = 4, Medium = 8, Large = 12, Huge = 20 };

class Theme {
public:
    static Result<Theme> load(Mode mode);
    // From the text of a theme file; the error names the role that is missing or malformed.
    static Result<Theme> fromJson(const QByteArray& json, const QString& where);

    Mode mode() const { return m_mode; }
    const QColor& color(Role role) const { return m_colors[std::size_t(role)]; }
    const QColor& category(OpCategory category) const { return m_categories[std::size_t(category)]; }
    QFont font(FontRole role) const;
    static int space(Space step) { return int(step); }
    qreal cornerRadius() const { return 6; }

    // Series colours for lines in plots, distinguishable with every common colour blindness.
    const std::vector<QColor>& series() const { return m_series; }

    // The heat scale, 0 (cold) to 1 (hot), clamped; rises in contrast with the canvas in both modes, so that
    // it also reads in grey.
    QColor heat(double heat) const;
    // 0 to 1, clamped: one hue over a neutral middle to another, told apart by every colour vision.
    QColor diverging(double part) const;
    // Black or white text, whichever reads better on the background.
    static QColor textOn(const QColor& background);
    // WCAG 2 contrast ratio, 1 to 21.
    static double contrast(const QColor& a, const QColor& b);

    QPalette palette() const;
    // For QApplication::setStyleSheet with the Fusion style: docks, tables, toolbars, menus, tabs.
    QString styleSheet() const;
    // A monochrome icon of resources/icons by file name without .svg, in the theme's text colour (muted when
    // disabled, accent when checked); sharp at every device pixel ratio.
    QIcon icon(const QString& name) const;

private:
    Mode m_mode = Mode::Light;
    std::array<QColor, roleCount> m_colors;
    std::array<QColor, opCategoryCount> m_categories;
    std::vector<QColor> m_heat, m_diverging; // equally spaced stops
    std::vector<QColor> m_series;
};

} // namespace orrery::theme
