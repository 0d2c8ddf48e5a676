// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/port_places.h"

#include <algorithm>
#include <cmath>

namespace orrery::canvas {

QPointF portPlace(const QRectF& node, Side side, std::size_t slot, std::size_t count,
                  layout::Direction direction)
{
    const bool across = direction == layout::Direction::LeftToRight;
    const double length = across ? node.height() : node.width();
    const double gap = std::min(26.0, length / double(count + 1));
    const double along = (double(slot) - double(count - 1) / 2) * gap;
    if (across)
        return {side == Side::Input ? node.left() : node.right(), node.center().y() + along};
    return {node.center().x() + along, side == Side::Input ? node.top() : node.bottom()};
}

std::optional<std::size_t> portNear(const QRectF& node, Side side, std::size_t count,
                                    layout::Direction direction, QPointF point, double distance)
{
    std::optional<std::size_t> best;
    for (std::size_t slot = 0; slot < count; ++slot) {
        const QPointF off = portPlace(node, side, slot, count, direction) - point;
        if (const double d = std::hypot(off.x(), off.y()); d <= distance) {
            distance = d;
            best = slot;
        }
    }
    return best;
}

} // namespace orrery::canvas
