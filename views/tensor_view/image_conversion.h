#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A tensor as a picture. Which axes are height, width and channels, what the numbers mean, and which of a
// batch. Pictures larger than largestSide are thinned to every n-th pixel. A pixel with a NaN or an infinity
// in any channel gets the colour given for it.

#include "engine/graph/tensor.h"

#include <QImage>

#include <optional>
#include <stop_token>
#include <string_view>

namespace orrery::tensor_view {

enum class ImageLayout : std::uint8_t { HW, CHW, HWC, NCHW, NHWC };
enum class ImageChannels : std::uint8_t { Gray, Rgb, Bgr };
enum class Normalisation : std::uint8_t {
    MinMax,    // of this picture
    ZeroToOne, //
    MinusOne,  // −1 to 1
    ZeroTo255, //
    ImageNet,  // (x − mean) / standard deviation of ImageNet, by channel
};

struct ImageOptions {
    ImageLayout layout = ImageLayout::NCHW;
    ImageChannels channels = ImageChannels::Rgb;
    Normalisation normalisation = Normalisation::MinMax;
    std::int64_t item = 0;    // of the batch
    std::int64_t channel = 0; // that Gray shows
    QRgb nan = qRgb(255, 0, 255), infinity = qRgb(0, 255, 255);
    friend bool operator==(const ImageOptions&, const ImageOptions&) = default;
};

inline constexpr std::int64_t largestSide = 4096;

// Where height, width, channels and batch lie.
struct ImageAxes {
    std::int64_t height = 0, width = 0, channels = 1, items = 1;
    std::int64_t heightStride = 0, widthStride = 0, channelStride = 0, itemStride = 0; // in elements
};
// Nothing when the layout needs another rank.
std::optional<ImageAxes> imageAxes(const graph::Dims& dims, ImageLayout layout);

// What the dims and the name say: channels first or last, 1 or 3 of them. Nothing when it is no picture.
std::optional<ImageOptions> guessImage(const graph::Dims& dims, graph::DataType type);
// From the numbers' ends.
Normalisation guessNormalisation(double min, double max);

// Null for a tensor that is not readable or does not fit the layout.
QImage toImage(const graph::Tensor& tensor, const ImageOptions& options, std::stop_token stop = {});

} // namespace orrery::tensor_view
