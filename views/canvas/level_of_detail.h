#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What is worth drawing at a zoom. The limits are heights of an ordinary node on the screen, at which
// painting time and what an eye can tell apart were measured.

#include <cstddef>
#include <cstdint>

namespace orrery::canvas {

enum class Detail : std::uint8_t {
    Pixels, // < 3 px: colours written straight into an image
    Rects,  // < 10 px: filled rectangles
    Shapes, // < 16 px: rounded sprites in the category's colour
    Titles, // < 34 px: the op type in large letters on the category's colour
    Full,   // header, name, attributes, overlay
};

inline constexpr double ordinaryNodeHeight = 48;
inline constexpr std::size_t smoothEdgeLimit = 400; // visible edges up to which they are antialiased curves

constexpr Detail detailAt(double zoom)
{
    const double height = ordinaryNodeHeight * zoom;
    return height < 3    ? Detail::Pixels
           : height < 10 ? Detail::Rects
           : height < 16 ? Detail::Shapes
           : height < 34 ? Detail::Titles
                         : Detail::Full;
}

} // namespace orrery::canvas
