#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ColorScale: numbers to colours, from the theme. Sequential runs from cold to hot, Diverging from one hue
// over a neutral middle to another; both differ in lightness as well, so they read with any colour vision.
// NaN and infinities have colours of their own that are in neither scale. A value that may cross threads.

#include "views/tensor_view/reduce.h"
#include "views/tensor_view/value_range.h"
#include "views/theme/theme.h"

#include <QImage>

#include <array>

namespace orrery::tensor_view {

enum class ScaleKind : std::uint8_t { Sequential, Diverging, Gray };

class ColorScale {
public:
    ColorScale() = default; // all black
    ColorScale(const theme::Theme& theme, ScaleKind kind);

    QRgb at(double part) const { return m_colors[std::size_t(part * 255 + 0.5)]; } // 0 … 1
    QRgb of(double value, const ValueRange& range) const;
    QRgb nan() const { return m_nan; }
    QRgb infinity() const { return m_infinity; }

private:
    std::array<QRgb, 256> m_colors{};
    QRgb m_nan = 0, m_infinity = 0;
};

QImage colored(const Reduced& values, const ColorScale& scale, const ValueRange& range);

} // namespace orrery::tensor_view
