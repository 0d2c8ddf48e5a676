// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/default_view.h"

#include "views/tensor_view/image_conversion.h"

#include <algorithm>

namespace orrery::tensor_view {

bool hasFeatureMaps(const graph::Dims& dims)
{
    if (dims.size() < 3 || dims.size() > 4 || std::find(dims.begin(), dims.end(), 0) != dims.end())
        return false;
    const std::size_t channels = dims.size() - 3;
    return dims[channels] > 1 && dims[channels + 1] * dims[channels + 2] >= 4 && dims[channels + 1] > 1;
}

ViewKind defaultView(const graph::Dims& dims, graph::DataType type)
{
    std::int64_t count = 1, longAxes = 0;
    for (std::int64_t dim : dims) {
        count *= std::min<std::int64_t>(dim, 1 << 20);
        count = std::min<std::int64_t>(count, 1 << 20);
        longAxes += dim > 1 ? 1 : 0;
    }
    if (type == graph::DataType::String || count <= 16)
        return ViewKind::Table;
    if (guessImage(dims, type))
        return ViewKind::Image;
    if (longAxes <= 1)
        return ViewKind::Lines;
    if (dims.size() == 4 && hasFeatureMaps(dims) && dims[2] >= 4 && dims[3] >= 4)
        return ViewKind::FeatureMaps;
    return count <= 64 ? ViewKind::Table : ViewKind::HeatMap;
}

} // namespace orrery::tensor_view
