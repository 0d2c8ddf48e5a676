// SPDX-License-Identifier: Apache-2.0
//
// Mask R-CNN (He et al., 2017): each region is cut into a grid of cells; a cell is the average, or the
// maximum, of bilinear samples at regular places in it.
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::ops {
namespace {

using graph::Dims;
using graph::Tensor;

struct Settings {
    std::int64_t height = 1;
    std::int64_t width = 1;
    std::int64_t samples = 0; // along each side of a cell; 0: as many as the cell covers pixels
    double scale = 1;
    double shift = 0;
    bool maximum = false;
};

Result<Settings> settingsOf(const graph::Node& node, std::int64_t opset)
{
    Settings settings;
    settings.height = node.intAttribute("output_height", 1);
    settings.width = node.intAttribute("output_width", 1);
    settings.samples = node.intAttribute("sampling_ratio", 0);
    settings.scale = static_cast<double>(node.floatAttribute("spatial_scale", 1));
    settings.maximum = node.stringAttribute("mode", "avg") == "max";
    bool halfPixel =
        opset >= 16 && node.stringAttribute("coordinate_transformation_mode", "half_pixel") == "half_pixel";
    settings.shift = halfPixel ? 0.5 : 0;
    if (settings.height < 1 || settings.width < 1 || settings.samples < 0)
        return badInput(fmt::format("output_height is {}, output_width {}, sampling_ratio {}",
                                    settings.height, settings.width, settings.samples));
    return settings;
}

Result<void> infer(InferContext& context)
{
    Settings settings = TRY(settingsOf(context.node(), context.opsetVersion()));
    graph::Shape output({graph::Dim::unknown(), graph::Dim::unknown(), settings.height, settings.width});
    if (const graph::Shape* rois = context.inputShape(1); rois != nullptr && rois->rank() > 0)
        output.dims[0] = rois->dims[0];
    if (const graph::Shape* input = context.inputShape(0); input != nullptr && input->rank() > 1)
        output.dims[1] = input->dims[1];
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

// Where a sample lies: four neighbours and their weights, the same for all channels.
template<class T>
struct Sample {
    std::int64_t at[4] = {};
    T weights[4] = {};
};

template<class T>
Sample<T> sampleAt(double y, double x, std::int64_t height, std::int64_t width)
{
    if (!(y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width)))
        return {}; // outside: nothing
    y = std::clamp(y, 0.0, static_cast<double>(height - 1));
    x = std::clamp(x, 0.0, static_cast<double>(width - 1));
    auto top = static_cast<std::int64_t>(y);
    auto left = static_cast<std::int64_t>(x);
    std::int64_t bottom = std::min(top + 1, height - 1);
    std::int64_t right = std::min(left + 1, width - 1);
    double down = y - static_cast<double>(top);
    double across = x - static_cast<double>(left);
    return {{top * width + left, top * width + right, bottom * width + left, bottom * width + right},
            {static_cast<T>((1 - down) * (1 - across)), static_cast<T>((1 - down) * across),
             static_cast<T>(down * (1 - across)), static_cast<T>(down * across)}};
}

template<class T>
void poolRegion(const Settings& settings, const T* image, const Dims& dims, const T* roi, T* output)
{
    double left = static_cast<double>(roi[0]) * settings.scale - settings.shift;
    double top = static_cast<double>(roi[1]) * settings.scale - settings.shift;
    double right = static_cast<double>(roi[2]) * settings.scale - settings.shift;
    double bottom = static_cast<double>(roi[3]) * settings.scale - settings.shift;
    double smallest = settings.shift == 0 ? 1 : 0; // the older mode keeps regions at least a pixel large
    double cellHeight = std::max(bottom - top, smallest) / static_cast<double>(settings.height);
    double cellWidth = std::max(right - left, smallest) / static_cast<double>(settings.width);
    auto samplesAlong = [&](double cell, std::int64_t length) {
        if (settings.samples > 0)
            return settings.samples;
        double count = std::isfinite(cell) ? std::ceil(cell) : 1; // no more than twice the pixels there are
        return static_cast<std::int64_t>(std::clamp(count, 1.0, 2.0 * static_cast<double>(length) + 2));
    };
    std::int64_t rows = samplesAlong(cellHeight, dims[2]);
    std::int64_t columns = samplesAlong(cellWidth, dims[3]);
    std::int64_t plane = dims[2] * dims[3];
    std::vector<Sample<T>> samples;
    for (std::int64_t cell = 0; cell < settings.height * settings.width; ++cell) {
        auto cellTop = top + static_cast<double>(cell / settings.width) * cellHeight;
        auto cellLeft = left + static_cast<double>(cell % settings.width) * cellWidth;
        samples.clear();
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < columns; ++c)
                samples.push_back(sampleAt<T>(
                    cellTop + (static_cast<double>(r) + 0.5) * cellHeight / static_cast<double>(rows),
                    cellLeft + (static_cast<double>(c) + 0.5) * cellWidth / static_cast<double>(columns),
                    dims[2], dims[3]));
        for (std::int64_t channel = 0; channel < dims[1]; ++channel) {
            const T* from = image + channel * plane;
            T sum = 0;
            T highest = std::numeric_limits<T>::lowest();
            for (const Sample<T>& sample : samples) {
                for (int i = 0; i < 4; ++i) {
                    T part = from[sample.at[i]] * sample.weights[i];
                    sum += part;
                    highest = std::max(highest, part); // ONNX takes the maximum of the weighted neighbours
                }
            }
            output[channel * settings.height * settings.width + cell] =
                settings.maximum ? highest : sum / static_cast<T>(samples.size());
        }
    }
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Settings settings = TRY(settingsOf(info.node, info.opsetVersion));
    return makeKernel([settings](KernelContext& context) -> Result<void> {
        const Tensor* input = TRY(requiredInput(context, 0));
        const Tensor* rois = TRY(requiredInput(context, 1));
        auto batches = TRY(inputInts(context, 2));
        const Dims& dims = input->dims();
        bool fits = dims.size() == 4 && rois->rank() == 2 && rois->dims()[1] == 4 &&
                    static_cast<std::int64_t>(batches.size()) == rois->dims()[0] &&
                    rois->type() == input->type();
        if (!fits || (!batches.empty() && (dims[2] < 1 || dims[3] < 1)))
            return runError(fmt::format("input {}, regions {} and {} batch indices do not fit together",
                                        graph::dimsText(dims), graph::dimsText(rois->dims()),
                                        batches.size()));
        for (std::int64_t& batch : batches)
            batch = TRY(normalizeIndex(batch, dims[0], 0));
        auto count = static_cast<std::int64_t>(batches.size());
        std::int64_t outputDims[] = {count, dims[1], settings.height, settings.width};
        Tensor* output = TRY(context.output(0, input->type(), outputDims));
        if (output->elementCount() == 0)
            return {};
        return dispatch(FloatTypes(), input->type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            std::int64_t image = productOf(dimsBetween(dims, 1, 4));
            std::int64_t region = dims[1] * settings.height * settings.width;
            context.parallelFor(count, 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t i = begin; i < end && !context.stopRequested(); ++i)
                    poolRegion(settings, input->data<T>() + batches[static_cast<std::size_t>(i)] * image,
                               dims, rois->data<T>() + i * 4, output->mutableData<T>() + i * region);
            });
            return {};
        });
    });
}

} // namespace

OpList roi_align()
{
    return {{.name = "RoiAlign",
             .firstVersion = 10,
             .lastVersion = newestOpset,
             .doc = "Pools regions of an image to one size by bilinear samples (RoiAlign-10, -16, -22).",
             .category = OpCategory::Pooling,
             .minInputs = 3,
             .maxInputs = 3,
             .infer = infer,
             .kernel = kernel}};
}

} // namespace orrery::ops
