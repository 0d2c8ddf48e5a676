// SPDX-License-Identifier: Apache-2.0
#include "app/prompt/tensor_files.h"

#include "app/cli/arguments.h"
#include "engine/debug/tensor_statistics.h"
#include "engine/formats/file_io.h"
#include "engine/formats/tensor_file.h"
#include "views/tensor_view/export_tensor.h"

#include <QImage>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::prompt {
namespace {

using graph::Tensor;

constexpr std::int64_t mostCsvElements = 50'000'000;
constexpr std::int64_t mostPixels = 64'000'000;

Result<void> writeCsv(const Tensor& tensor, const std::string& path)
{
    if (tensor.elementCount() > mostCsvElements)
        return cli::usageError(fmt::format("{} elements are too many for .csv ({} at most); .npy holds them",
                                           tensor.elementCount(), mostCsvElements));
    std::int64_t columns = tensor.rank() == 0 ? 1 : std::max<std::int64_t>(tensor.dims().back(), 1);
    std::string text;
    for (std::int64_t i = 0; i < tensor.elementCount(); ++i) {
        text += tensor_view::csvCell(tensor, i);
        text += (i + 1) % columns == 0 ? "\n" : ",";
    }
    return formats::replaceFile(path, text);
}

// How the elements lie in the picture.
struct Layout {
    std::int64_t height = 1, width = 1;
    std::int64_t maps = 1;     // pictures, each of `channels`
    std::int64_t channels = 1; // 1 or 3
    bool channelsLast = false;
};

Layout layoutOf(const graph::Dims& dims)
{
    std::size_t rank = dims.size();
    auto product = [&](std::size_t end) {
        std::int64_t count = 1;
        for (std::size_t i = 0; i < end; ++i)
            count *= dims[i];
        return count;
    };
    if (rank == 0)
        return {};
    if (rank == 1)
        return {.height = 1, .width = dims[0]};
    if (rank >= 3 && dims[rank - 1] == 3)
        return {.height = dims[rank - 3],
                .width = dims[rank - 2],
                .maps = product(rank - 3),
                .channels = 3,
                .channelsLast = true};
    if (rank >= 3 && dims[rank - 3] == 3)
        return {.height = dims[rank - 2], .width = dims[rank - 1], .maps = product(rank - 3), .channels = 3};
    return {.height = dims[rank - 2], .width = dims[rank - 1], .maps = product(rank - 2)};
}

Result<void> writePng(const Tensor& tensor, const std::string& path)
{
    if (tensor.type() == graph::DataType::String || tensor.elementCount() == 0)
        return cli::usageError("there are no numbers to make a picture of");
    Layout layout = layoutOf(tensor.dims());
    auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(layout.maps))));
    std::int64_t rows = (layout.maps + columns - 1) / columns;
    std::int64_t gap = layout.maps > 1 ? 1 : 0;
    std::int64_t width = columns * (layout.width + gap) - gap;
    std::int64_t height = rows * (layout.height + gap) - gap;
    if (width > 30'000 || height > 30'000 || width * height > mostPixels)
        return cli::usageError(
            fmt::format("{}×{} pixels are too many for a picture; export a slice", width, height));

    debug::TensorStatistics s = debug::statistics(tensor);
    double scale = s.max > s.min ? 255.0 / (s.max - s.min) : 0.0;
    auto shade = [&](double x) {
        return static_cast<int>(std::lround(std::clamp((x - s.min) * scale, 0.0, 255.0)));
    };
    QImage image(static_cast<int>(width), static_cast<int>(height), QImage::Format_RGB32);
    if (image.isNull())
        return Error{ErrorCode::LimitReached, "there is no memory for the picture", path};
    image.fill(qRgb(255, 255, 255));
    std::int64_t plane = layout.height * layout.width;
    for (std::int64_t map = 0; map < layout.maps; ++map)
        for (std::int64_t i = 0; i < plane; ++i) {
            double channel[3];
            for (std::int64_t c = 0; c < 3; ++c) {
                std::int64_t of = layout.channels == 3 ? c : 0;
                std::int64_t base = map * layout.channels * plane;
                channel[c] =
                    debug::element(tensor, layout.channelsLast ? base + i * 3 + of : base + of * plane + i);
            }
            bool none = std::isnan(channel[0]) || std::isnan(channel[1]) || std::isnan(channel[2]);
            auto x = static_cast<int>(map % columns * (layout.width + gap) + i % layout.width);
            auto y = static_cast<int>(map / columns * (layout.height + gap) + i / layout.width);
            image.setPixel(x, y,
                           none ? qRgb(255, 0, 255)
                                : qRgb(shade(channel[0]), shade(channel[1]), shade(channel[2])));
        }
    return tensor_view::exportPicture(image, QString::fromStdString(path));
}

} // namespace

Result<void> exportTensor(const Tensor& tensor, const std::string& path, const std::string& name)
{
    if (path.ends_with(".npy") || path.ends_with(".pb"))
        return formats::writeTensor(tensor, path, name);
    if (path.ends_with(".csv"))
        return writeCsv(tensor, path);
    if (path.ends_with(".png"))
        return writePng(tensor, path);
    return cli::usageError("the file is to end with .npy, .pb, .csv or .png");
}

} // namespace orrery::prompt
