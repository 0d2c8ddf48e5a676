#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NodeGeometry: how large a node is and where its parts lie, from its texts and the theme's fonts. Measuring
// sums the advances of characters, remembered per font (shaping every string of a large model would take
// seconds); the painter elides what turns out wider. An overlay adds one row to every node, whatever it says,
// so that new numbers never move anything. One thread at a time.

#include "views/canvas/display_graph.h"
#include "views/theme/theme.h"

#include <QFontMetricsF>
#include <QSizeF>

#include <array>
#include <string_view>
#include <unordered_map>

namespace orrery::canvas {

namespace metrics {
inline constexpr double headerHeight = 24;
inline constexpr double lineHeight = 15;
inline constexpr double bodyPadding = 6; // above and below the lines
inline constexpr double sidePadding = 10;
inline constexpr double overlayHeight = 20;
inline constexpr double minWidth = 76;
inline constexpr double maxWidth = 280;
inline constexpr double pillHeight = 26;
inline constexpr double stubHeight = 18;
inline constexpr double groupHeaderHeight = 26;
inline constexpr double groupStack = 4; // the cards that show behind a collapsed group
} // namespace metrics

class TextMeasure {
public:
    explicit TextMeasure(const QFont& font);
    double width(std::string_view utf8);

private:
    QFontMetricsF m_metrics;
    std::array<float, 128> m_ascii;
    std::unordered_map<char32_t, float> m_other;
};

class NodeGeometry {
public:
    explicit NodeGeometry(const theme::Theme& theme);

    QSizeF size(const DisplayNode& node, bool hasOverlay);
    double groupTitleWidth(const DisplayGroup& group);

private:
    TextMeasure m_title, m_text;
};

} // namespace orrery::canvas
