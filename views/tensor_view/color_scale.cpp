// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/color_scale.h"

#include <cmath>

namespace orrery::tensor_view {

ColorScale::ColorScale(const theme::Theme& theme, ScaleKind kind)
    : m_nan(theme.color(theme::Role::NotANumber).rgb())
    , m_infinity(theme.color(theme::Role::Infinite).rgb())
{
    for (int i = 0; i < 256; ++i) {
        const double part = i / 255.0;
        m_colors[std::size_t(i)] = kind == ScaleKind::Sequential  ? theme.heat(part).rgb()
                                   : kind == ScaleKind::Diverging ? theme.diverging(part).rgb()
                                                                  : qRgb(i, i, i);
    }
}

QRgb ColorScale::of(double value, const ValueRange& range) const
{
    if (std::isnan(value))
        return m_nan;
    if (std::isinf(value))
        return m_infinity;
    return at(range.part(value));
}

QImage colored(const Reduced& values, const ColorScale& scale, const ValueRange& range)
{
    QImage image(values.width, values.height, QImage::Format_RGB32);
    for (int y = 0; y < values.height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < values.width; ++x)
            line[x] = scale.of(
                double(values.values[std::size_t(y) * std::size_t(values.width) + std::size_t(x)]), range);
    }
    return image;
}

} // namespace orrery::tensor_view
