// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/ops/tensor/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Node;

template<class E>
struct Choice {
    std::string_view name;
    E value;
};

template<class E, std::size_t N>
Result<E> choose(const Node& node, std::string_view attribute, std::string_view fallback,
                 const Choice<E> (&choices)[N])
{
    std::string text = node.stringAttribute(attribute, fallback);
    for (const Choice<E>& choice : choices)
        if (choice.name == text)
            return choice.value;
    return badInput(fmt::format("{} is \"{}\", which is not known", attribute, displayText(text, 40)));
}

constexpr Choice<Interpolation> interpolations[] = {{"nearest", Interpolation::Nearest},
                                                    {"linear", Interpolation::Linear},
                                                    {"bilinear", Interpolation::Linear},
                                                    {"cubic", Interpolation::Cubic}};
constexpr Choice<Coordinates> coordinates[] = {{"half_pixel", Coordinates::HalfPixel},
                                               {"half_pixel_symmetric", Coordinates::HalfPixelSymmetric},
                                               {"pytorch_half_pixel", Coordinates::PytorchHalfPixel},
                                               {"align_corners", Coordinates::AlignCorners},
                                               {"asymmetric", Coordinates::Asymmetric},
                                               {"tf_half_pixel_for_nn", Coordinates::TfHalfPixelForNn},
                                               {"tf_crop_and_resize", Coordinates::TfCropAndResize}};
constexpr Choice<NearestRounding> roundings[] = {{"round_prefer_floor", NearestRounding::PreferFloor},
                                                 {"round_prefer_ceil", NearestRounding::PreferCeil},
                                                 {"floor", NearestRounding::Floor},
                                                 {"ceil", NearestRounding::Ceil}};

enum class AspectPolicy { Stretch, NotLarger, NotSmaller };
constexpr Choice<AspectPolicy> policies[] = {{"stretch", AspectPolicy::Stretch},
                                             {"not_larger", AspectPolicy::NotLarger},
                                             {"not_smaller", AspectPolicy::NotSmaller}};

struct Settings {
    ResampleOptions options;
    AspectPolicy policy = AspectPolicy::Stretch;
    std::optional<std::vector<std::int64_t>> axes;
    std::optional<std::vector<float>> scaleAttribute; // of Upsample-7
    std::size_t roiInput = 1;                         // 0: there is none
    std::size_t scalesInput = 2;
    std::size_t sizesInput = 3; // 0: there is none
};

// Resize-10 and Upsample are Resize-11 with asymmetric coordinates that round down, without roi and sizes.
Result<Settings> settingsOf(const Node& node, std::int64_t opset)
{
    Settings settings;
    settings.options.interpolation = TRY(choose(node, "mode", "nearest", interpolations));
    if (opset < 11) {
        settings.options.coordinates = Coordinates::Asymmetric;
        settings.options.rounding = NearestRounding::Floor;
        settings.roiInput = settings.sizesInput = 0;
        settings.scalesInput = 1;
        if (opset < 9)
            settings.scaleAttribute = node.floatsAttribute("scales");
        return settings;
    }
    settings.options.coordinates =
        TRY(choose(node, "coordinate_transformation_mode", "half_pixel", coordinates));
    settings.options.rounding = TRY(choose(node, "nearest_mode", "round_prefer_floor", roundings));
    settings.options.cubicA = static_cast<double>(node.floatAttribute("cubic_coeff_a", -0.75f));
    settings.options.excludeOutside = node.intAttribute("exclude_outside", 0) != 0;
    settings.options.antialias = node.intAttribute("antialias", 0) != 0;
    settings.options.extrapolation = node.floatAttribute("extrapolation_value", 0);
    settings.policy = TRY(choose(node, "keep_aspect_ratio_policy", "stretch", policies));
    if (node.attribute("axes") != nullptr)
        settings.axes = node.intsAttribute("axes");
    return settings;
}

Result<std::vector<std::int64_t>> axesOf(const Settings& settings, std::size_t rank)
{
    if (settings.axes)
        return normalizeAxes(*settings.axes, rank);
    std::vector<std::int64_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

Result<std::int64_t> scaledLength(std::int64_t length, double scale, double share)
{
    if (!(scale > 0) || !std::isfinite(scale))
        return badInput(fmt::format("a scale is {}, expected a positive number", scale));
    if (scale == 1 && share == 1)
        return length;
    double scaled = share == 1 ? std::floor(static_cast<float>(length) * static_cast<float>(scale))
                               : std::floor(static_cast<double>(length) * share * scale);
    if (!(scaled >= 0) || scaled > 1e15)
        return Error{ErrorCode::LimitReached, fmt::format("an axis would get the length {}", scaled), {}};
    return static_cast<std::int64_t>(scaled);
}

struct Request { // what the inputs ask for; of scales and sizes one is given
    std::vector<double> scales;
    std::vector<std::int64_t> sizes;
    std::vector<double> roi;
};

Result<std::vector<ResampledAxis>> resampledAxes(const Settings& settings, const Dims& input,
                                                 const Request& request)
{
    auto axes = TRY(axesOf(settings, input.size()));
    std::size_t given = request.sizes.empty() ? request.scales.size() : request.sizes.size();
    if (given != axes.size())
        return badInput(fmt::format("{} scales or sizes are given for {} axes", given, axes.size()));
    bool crop = settings.options.coordinates == Coordinates::TfCropAndResize;
    if (crop && request.roi.size() != 2 * axes.size())
        return badInput(fmt::format("roi has {} elements, expected {}", request.roi.size(), 2 * axes.size()));
    std::vector<ResampledAxis> result;
    for (std::int64_t length : input)
        result.push_back({length, length, 1, static_cast<double>(length), 0, 1});
    double common = 0; // scale of all axes when the aspect ratio is kept
    for (std::size_t i = 0; i < request.sizes.size() && settings.policy != AspectPolicy::Stretch; ++i) {
        double scale =
            static_cast<double>(request.sizes[i]) /
            static_cast<double>(std::max<std::int64_t>(1, input[static_cast<std::size_t>(axes[i])]));
        bool takes = settings.policy == AspectPolicy::NotLarger ? scale < common : scale > common;
        common = i == 0 || takes ? scale : common;
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        ResampledAxis& axis = result[static_cast<std::size_t>(axes[i])];
        if (crop) {
            axis.roiStart = request.roi[i];
            axis.roiEnd = request.roi[i + axes.size()];
        }
        if (request.sizes.empty()) {
            axis.scale = request.scales[i];
            axis.output = TRY(scaledLength(axis.input, axis.scale, axis.roiEnd - axis.roiStart));
        } else if (settings.policy == AspectPolicy::Stretch) {
            axis.output = request.sizes[i];
            axis.scale =
                static_cast<double>(axis.output) / static_cast<double>(std::max<std::int64_t>(1, axis.input));
        } else {
            axis.scale = common;
            double length = std::floor(common * static_cast<double>(axis.input) + 0.5);
            axis.output = length >= 0 && length < 1e15 ? static_cast<std::int64_t>(length) : -1;
        }
        axis.scaledInput = request.sizes.empty() ? static_cast<double>(axis.input) * axis.scale
                                                 : static_cast<double>(axis.output);
        if (axis.output < 0)
            return badInput(fmt::format("axis {} would get the length {}", axes[i], axis.output));
    }
    return result;
}

// floor(dim * scale) where that is exact: known dims, and symbolic ones for scales such as 2, 0.5 or 1.5.
Dim scaledDim(const Dim& dim, double scale)
{
    if (dim.isKnown()) {
        auto length = scaledLength(dim.value(), scale, 1);
        return length.ok() ? Dim(*length) : Dim::unknown();
    }
    constexpr std::int64_t parts = 256;
    double share = scale * parts;
    if (!(share >= 1) || share > 1e6 || share != std::floor(share))
        return Dim::unknown();
    auto top = static_cast<std::int64_t>(share);
    std::int64_t common = std::gcd(top, parts);
    return floorDiv(dim * Dim(top / common), Dim(parts / common));
}

std::vector<double> floatsOf(const InferContext& context, std::size_t i)
{
    const graph::Tensor* tensor = context.hasInput(i) ? context.inputConstant(i) : nullptr;
    auto values = tensor == nullptr ? Result(std::vector<double>()) : tensor->toDoubles();
    return values.ok() ? values.releaseValue() : std::vector<double>();
}

Result<graph::Shape> inferredShape(const InferContext& context, const Settings& settings,
                                   const graph::Shape& input)
{
    auto axes = TRY(axesOf(settings, input.rank()));
    graph::Shape output = input;
    for (std::int64_t axis : axes)
        output.dims[static_cast<std::size_t>(axis)] = Dim::unknown();
    Request request;
    request.scales = floatsOf(context, settings.scalesInput);
    if (settings.scaleAttribute)
        request.scales.assign(settings.scaleAttribute->begin(), settings.scaleAttribute->end());
    if (settings.roiInput != 0)
        request.roi = floatsOf(context, settings.roiInput);
    std::optional<std::vector<Dim>> sizes;
    if (settings.sizesInput != 0 && context.hasInput(settings.sizesInput))
        sizes = elementsOf(context, settings.sizesInput);
    if (sizes && sizes->empty())
        sizes.reset();
    bool crop = settings.options.coordinates == Coordinates::TfCropAndResize;
    if (sizes && sizes->size() != axes.size())
        return badInput(fmt::format("{} sizes are given for {} axes", sizes->size(), axes.size()));
    if (sizes && settings.policy == AspectPolicy::Stretch) {
        for (std::size_t i = 0; i < axes.size(); ++i)
            output.dims[static_cast<std::size_t>(axes[i])] = (*sizes)[i];
        return output;
    }
    auto known = sizes ? graph::Shape(*sizes).concrete() : std::nullopt;
    if (known)
        request.sizes = *known;
    if ((sizes && !known) || (request.scales.empty() && !known) || (crop && request.roi.empty()))
        return output;
    if (auto dims = input.concrete()) {
        auto resampled = TRY(resampledAxes(settings, *dims, request));
        for (std::size_t i = 0; i < resampled.size(); ++i)
            output.dims[i] = resampled[i].output;
    } else if (!sizes && !crop && request.scales.size() == axes.size()) {
        for (std::size_t i = 0; i < axes.size(); ++i)
            output.dims[static_cast<std::size_t>(axes[i])] =
                scaledDim(input.dims[static_cast<std::size_t>(axes[i])], request.scales[i]);
    }
    return output;
}

Result<void> infer(InferContext& context)
{
    Settings settings = TRY(settingsOf(context.node(), context.opsetVersion()));
    std::optional<graph::Shape> output;
    if (const graph::Shape* input = context.inputShape(0))
        output = TRY(inferredShape(context, settings, *input));
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<std::vector<double>> floatsInput(KernelContext& context, std::size_t i)
{
    const graph::Tensor* tensor = i != 0 && i < context.inputCount() ? context.input(i) : nullptr;
    return tensor == nullptr ? Result(std::vector<double>()) : tensor->toDoubles();
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Settings settings = TRY(settingsOf(info.node, info.opsetVersion));
    auto run = [settings](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        Request request;
        if (settings.scaleAttribute)
            request.scales.assign(settings.scaleAttribute->begin(), settings.scaleAttribute->end());
        else
            request.scales = TRY(floatsInput(context, settings.scalesInput));
        request.roi = TRY(floatsInput(context, settings.roiInput));
        std::size_t sizes = settings.sizesInput;
        if (sizes != 0 && sizes < context.inputCount() && context.input(sizes) != nullptr)
            request.sizes = TRY(inputInts(context, sizes));
        auto axes = TRY(resampledAxes(settings, input->dims(), request));
        Dims dims;
        for (const ResampledAxis& axis : axes)
            dims.push_back(axis.output);
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        return resample(context, *input, *output, axes, settings.options);
    };
    return makeKernel(std::move(run),
                      [interpolation = settings.options.interpolation](const RunSizes& sizes) {
                          return resampleScratchBytes(sizes.inputs[0], sizes.outputs[0], interpolation);
                      });
}

Cost cost(const Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost cost;
    if (inputs.empty() || outputs.empty())
        return cost;
    cost.bytes = static_cast<double>(inputs[0].bytes()) + static_cast<double>(outputs[0].bytes());
    std::string mode = node.stringAttribute("mode", "nearest");
    double taps = mode == "nearest" ? 0 : mode == "cubic" ? 16 : 4; // of a picture; multiply and add each
    cost.flops = 2 * taps * static_cast<double>(outputs[0].elements());
    return cost;
}

OpSpec spec(std::string_view name, int first, int last, std::size_t maxInputs, std::string_view doc)
{
    return {.name = name,
            .firstVersion = first,
            .lastVersion = last,
            .doc = doc,
            .category = OpCategory::Tensor,
            .minInputs = 1,
            .maxInputs = maxInputs,
            .infer = infer,
            .kernel = kernel,
            .cost = cost};
}

} // namespace

OpList resize()
{
    return {spec("Resize", 10, newestOpset, 4,
                 "Resamples a tensor along its axes to scales or sizes (Resize-10, -11, -13, -18, -19)."),
            spec("Upsample", 7, 9, 2, "The older name of Resize (Upsample-7, -9).")};
}

} // namespace orrery::ops
