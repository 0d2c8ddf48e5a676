// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/image_conversion.h"

#include "engine/debug/element_blocks.h"
#include "engine/debug/tensor_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace orrery::tensor_view {
namespace {

constexpr std::array<double, 3> imageNetMean{0.485, 0.456, 0.406};
constexpr std::array<double, 3> imageNetDeviation{0.229, 0.224, 0.225};

struct Scale {
    std::array<double, 3> factor{1, 1, 1}, offset{0, 0, 0}; // byte = value · factor + offset
};

Scale scaleFor(Normalisation normalisation, double low, double high, ImageChannels channels)
{
    Scale scale;
    for (std::size_t c = 0; c < 3; ++c) {
        switch (normalisation) {
        case Normalisation::MinMax:
            scale.factor[c] = high > low ? 255 / (high - low) : 0;
            scale.offset[c] = high > low ? -low * scale.factor[c] : 127;
            break;
        case Normalisation::ZeroToOne:
            scale.factor[c] = 255;
            break;
        case Normalisation::MinusOne:
            scale.factor[c] = scale.offset[c] = 127.5;
            break;
        case Normalisation::ZeroTo255:
            break;
        case Normalisation::ImageNet: {
            // Colours by name, not by place: the first channel of BGR is blue.
            const std::size_t color = channels == ImageChannels::Bgr ? 2 - c : c;
            scale.factor[c] = 255 * imageNetDeviation[color];
            scale.offset[c] = 255 * imageNetMean[color];
            break;
        }
        }
    }
    return scale;
}

int byteOf(double value) { return int(std::lround(std::clamp(value, 0.0, 255.0))); }

bool looksLikePlane(std::int64_t height, std::int64_t width) { return height >= 8 && width >= 8; }

} // namespace

std::optional<ImageAxes> imageAxes(const graph::Dims& dims, ImageLayout layout)
{
    const std::size_t rank = dims.size();
    const std::size_t needed = layout == ImageLayout::HW                                  ? 2
                               : layout == ImageLayout::CHW || layout == ImageLayout::HWC ? 3
                                                                                          : 4;
    if (rank != needed)
        return {};
    ImageAxes axes;
    const std::size_t first = rank == 4 ? 1 : 0; // after the batch
    switch (layout) {
    case ImageLayout::HW:
        axes.height = dims[0];
        axes.width = dims[1];
        axes.widthStride = 1;
        axes.heightStride = axes.width;
        break;
    case ImageLayout::CHW:
    case ImageLayout::NCHW:
        axes.channels = dims[first];
        axes.height = dims[first + 1];
        axes.width = dims[first + 2];
        axes.widthStride = 1;
        axes.heightStride = axes.width;
        axes.channelStride = axes.width * axes.height;
        break;
    case ImageLayout::HWC:
    case ImageLayout::NHWC:
        axes.height = dims[first];
        axes.width = dims[first + 1];
        axes.channels = dims[first + 2];
        axes.channelStride = 1;
        axes.widthStride = axes.channels;
        axes.heightStride = axes.width * axes.channels;
        break;
    }
    if (rank == 4) {
        axes.items = dims[0];
        axes.itemStride = axes.channels * axes.height * axes.width;
    }
    if (axes.height <= 0 || axes.width <= 0 || axes.channels <= 0 || axes.items <= 0)
        return {};
    return axes;
}

std::optional<ImageOptions> guessImage(const graph::Dims& dims, graph::DataType type)
{
    if (type == graph::DataType::String || dims.size() < 3 || dims.size() > 4)
        return {};
    const std::size_t first = dims.size() == 4 ? 1 : 0;
    const std::int64_t a = dims[first], b = dims[first + 1], c = dims[first + 2];
    ImageOptions options;
    if ((a == 1 || a == 3) && looksLikePlane(b, c)) {
        options.layout = first == 1 ? ImageLayout::NCHW : ImageLayout::CHW;
        options.channels = a == 3 ? ImageChannels::Rgb : ImageChannels::Gray;
        return options;
    }
    if ((c == 1 || c == 3) && looksLikePlane(a, b)) {
        options.layout = first == 1 ? ImageLayout::NHWC : ImageLayout::HWC;
        options.channels = c == 3 ? ImageChannels::Rgb : ImageChannels::Gray;
        return options;
    }
    return {};
}

Normalisation guessNormalisation(double min, double max)
{
    if (min >= 0 && max <= 1 && max > 0.2)
        return Normalisation::ZeroToOne;
    if (min >= 0 && max <= 255 && max > 32)
        return Normalisation::ZeroTo255;
    if (min >= -1 && max <= 1 && min < -0.5 && max > 0.5)
        return Normalisation::MinusOne;
    // What black and white become.
    if (min < -1 && min >= -2.2 && max > 1 && max <= 2.7)
        return Normalisation::ImageNet;
    return Normalisation::MinMax;
}

QImage toImage(const graph::Tensor& tensor, const ImageOptions& options, std::stop_token stop)
{
    const auto axes = imageAxes(tensor.dims(), options.layout);
    if (!axes || !debug::isReadable(tensor))
        return {};
    const bool isColor = options.channels != ImageChannels::Gray && axes->channels >= 3;
    const std::int64_t item = std::clamp<std::int64_t>(options.item, 0, axes->items - 1) * axes->itemStride;
    const std::int64_t shownChannel =
        isColor ? 0 : std::clamp<std::int64_t>(options.channel, 0, axes->channels - 1);
    const std::int64_t step = (std::max(axes->height, axes->width) + largestSide - 1) / largestSide;
    const auto width = int((axes->width + step - 1) / step), height = int((axes->height + step - 1) / step);
    const int channels = isColor ? 3 : 1;

    std::vector<double> values(std::size_t(width) * std::size_t(height) * std::size_t(channels));
    double low = std::numeric_limits<double>::infinity(), high = -low;
    std::size_t at = 0;
    for (int y = 0; y < height; ++y) {
        if (stop.stop_requested())
            return {};
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c, ++at) {
                values[at] = debug::element(tensor, item + y * step * axes->heightStride +
                                                        x * step * axes->widthStride +
                                                        (shownChannel + c) * axes->channelStride);
                if (std::isfinite(values[at])) {
                    low = std::min(low, values[at]);
                    high = std::max(high, values[at]);
                }
            }
    }

    const Scale scale = scaleFor(options.normalisation, low, high, options.channels);
    QImage image(width, height, QImage::Format_RGB32);
    if (image.isNull())
        return {};
    at = 0;
    for (int y = 0; y < height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < width; ++x) {
            std::array<int, 3> bytes{};
            bool isNan = false, isInfinite = false;
            for (std::size_t c = 0; c < std::size_t(channels); ++c, ++at) {
                isNan |= std::isnan(values[at]);
                isInfinite |= std::isinf(values[at]);
                bytes[c] =
                    std::isfinite(values[at]) ? byteOf(values[at] * scale.factor[c] + scale.offset[c]) : 0;
            }
            if (isNan || isInfinite)
                line[x] = isNan ? options.nan : options.infinity;
            else if (!isColor)
                line[x] = qRgb(bytes[0], bytes[0], bytes[0]);
            else if (options.channels == ImageChannels::Rgb)
                line[x] = qRgb(bytes[0], bytes[1], bytes[2]);
            else
                line[x] = qRgb(bytes[2], bytes[1], bytes[0]);
        }
    }
    return image;
}

} // namespace orrery::tensor_view
