// SPDX-License-Identifier: Apache-2.0
//
// The transpose of a convolution: every input pixel is multiplied by the whole kernel and the products are
// added to the output pixels under it. For a few filters at a time, one matrix product gives the products of
// all kernel positions with a tile of input pixels (rows: filter × position), and each row is then added to
// its place in the output. A filter's output plane belongs to one thread, so nothing is added concurrently.
#include "engine/base/checked_math.h"
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/gemm.h"
#include "engine/ops/nn/convolution.h"
#include "engine/ops/op_spec.h"
#include "engine/ops/parallel.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;

constexpr std::int64_t largest = (std::int64_t(1) << 31) - 1;
constexpr std::int64_t matrixElements = 128 * 1024; // of the products that are added at a time

struct Attributes {
    WindowAttributes window;
    std::int64_t groups = 1;
    std::vector<std::int64_t> outputPadding;
    std::vector<std::int64_t> outputShape;
};

Result<Attributes> parse(const graph::Node& node)
{
    Attributes attributes;
    attributes.window = TRY(parseWindow(node));
    attributes.groups = TRY(parseGroups(node));
    attributes.outputPadding = node.intsAttribute("output_padding");
    attributes.outputShape = node.intsAttribute("output_shape");
    for (const auto* list : {&attributes.outputPadding, &attributes.outputShape})
        for (std::int64_t value : *list)
            if (value < 0 || value > largest)
                return badInput(fmt::format("expected output_padding and output_shape of 0 to {}, found {}",
                                            largest, value));
    return attributes;
}

Result<void> checkLengths(const Attributes& attributes, std::size_t rank)
{
    const WindowAttributes& w = attributes.window;
    auto fits = [](std::size_t found, std::size_t expected) { return found == 0 || found == expected; };
    if (fits(w.kernel.size(), rank) && fits(w.strides.size(), rank) && fits(w.dilations.size(), rank) &&
        fits(w.pads.size(), rank * 2) && fits(attributes.outputPadding.size(), rank) &&
        (fits(attributes.outputShape.size(), rank) || attributes.outputShape.size() == rank + 2))
        return {};
    return badInput(
        fmt::format("expected kernel_shape, strides, dilations, output_padding and output_shape with {} "
                    "values and pads with {}",
                    rank, rank * 2));
}

// The axis as that of the convolution whose transpose this is, seen from here: `input` is what is read.
Result<WindowAxis> resolveAxis(const Attributes& attributes, std::size_t axis, std::size_t rank,
                               std::int64_t input, std::int64_t kernel)
{
    const WindowAttributes& w = attributes.window;
    if (kernel < 1 || kernel > largest || input > largest)
        return badInput(fmt::format("expected a kernel of 1 to {}, found {}", largest, kernel));
    WindowAxis result;
    result.input = input;
    result.kernel = kernel;
    result.stride = w.strides.empty() ? 1 : w.strides[axis];
    result.dilation = w.dilations.empty() ? 1 : w.dilations[axis];
    const std::int64_t extra = attributes.outputPadding.empty() ? 0 : attributes.outputPadding[axis];
    if (input == 0)
        return badInput("expected spatial dims above 0");
    const auto reach = checkedAdd((input - 1) * result.stride, (kernel - 1) * result.dilation + 1 + extra);
    if (!reach)
        return badInput("the output is larger than the address space");
    const bool same = w.autoPad == AutoPad::SameUpper || w.autoPad == AutoPad::SameLower;
    if (!attributes.outputShape.empty() || same) {
        result.output = !attributes.outputShape.empty()
                            ? attributes.outputShape[axis + attributes.outputShape.size() - rank]
                            : input * result.stride;
        const std::int64_t total = std::max<std::int64_t>(0, *reach - result.output);
        result.padBegin = w.autoPad == AutoPad::SameUpper ? total / 2 : total - total / 2;
        result.padEnd = total - result.padBegin;
        return result;
    }
    if (w.autoPad == AutoPad::NotSet && !w.pads.empty()) {
        result.padBegin = w.pads[axis];
        result.padEnd = w.pads[axis + rank];
    }
    result.output = *reach - result.padBegin - result.padEnd;
    if (result.output < 0)
        return badInput(fmt::format("pads {} and {} are larger than the output of {}", result.padBegin,
                                    result.padEnd, *reach));
    return result;
}

Result<void> infer(InferContext& context)
{
    const Attributes attributes = TRY(parse(context.node()));
    const Shape* input = context.inputShape(0);
    const Shape* weight = context.inputShape(1);
    std::optional<Shape> shape;
    if (input != nullptr && weight != nullptr) {
        if (input->rank() < 3 || weight->rank() != input->rank() ||
            !mayBeEqual(input->dims[1], weight->dims[0]))
            return badInput(fmt::format("expected an input N×C×… and a weight C×M/group×…, found {} and {}",
                                        input->text(), weight->text()));
        const std::size_t rank = input->rank() - 2;
        TRY(checkLengths(attributes, rank));
        shape = Shape({input->dims[0], weight->dims[1] * Dim(attributes.groups)});
        for (std::size_t i = 0; i < rank; ++i) {
            const Dim& in = input->dims[i + 2];
            const Dim& kernel = weight->dims[i + 2];
            if (in.isKnown() && kernel.isKnown()) {
                shape->dims.emplace_back(
                    TRY(resolveAxis(attributes, i, rank, in.value(), kernel.value())).output);
                continue;
            }
            const AutoPad autoPad = attributes.window.autoPad;
            const Dim stride = attributes.window.strides.empty() ? 1 : attributes.window.strides[i];
            if (!attributes.outputShape.empty()) {
                shape->dims.emplace_back(attributes.outputShape[i + attributes.outputShape.size() - rank]);
            } else if (autoPad == AutoPad::SameUpper || autoPad == AutoPad::SameLower) {
                shape->dims.push_back(in * stride);
            } else if (!kernel.isKnown()) {
                shape->dims.push_back(Dim::unknown());
            } else {
                // in · stride + (reach of one input - stride), where resolveAxis() knows the reach
                const std::int64_t one =
                    TRY(resolveAxis(attributes, i, rank, largest, kernel.value())).output -
                    (largest - 1) * stride.value();
                const std::int64_t rest = one - stride.value();
                shape->dims.push_back(rest >= 0 ? in * stride + Dim(rest) : in * stride - Dim(-rest));
            }
        }
    }
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

// Adds the products of one kernel position with the input pixels [first, first + count) to the output plane.
template<class T>
void scatterRow(const Window& window, const T* products, std::int64_t first, std::int64_t count,
                std::int64_t kd, std::int64_t kh, std::int64_t kw, T* plane)
{
    const auto& [d, h, w] = window;
    std::int64_t iw = first % w.input;
    std::int64_t ih = first / w.input % h.input;
    std::int64_t id = first / w.input / h.input;
    const std::int64_t offset = kw * w.dilation - w.padBegin;
    // The inputs whose output iw · stride + offset exists: those of a window with the sides swapped.
    WindowAxis swapped = w;
    std::swap(swapped.input, swapped.output);
    const Span inside = insideOutputs(swapped, offset);
    for (std::int64_t done = 0; done < count;) {
        const std::int64_t end = std::min(w.input, iw + count - done);
        const std::int64_t od = id * d.stride - d.padBegin + kd * d.dilation;
        const std::int64_t oh = ih * h.stride - h.padBegin + kh * h.dilation;
        if (od >= 0 && od < d.output && oh >= 0 && oh < h.output) {
            T* __restrict row = plane + (od * h.output + oh) * w.output;
            const T* __restrict from = products + done - iw;
            for (std::int64_t i = std::max(inside.begin, iw); i < std::min(inside.end, end); ++i)
                row[i * w.stride + offset] += from[i];
        }
        done += end - iw;
        iw = 0;
        if (++ih == h.input) {
            ih = 0;
            ++id;
        }
    }
}

// How the work is shared, and what each share needs.
struct Shares {
    std::int64_t chunk = 1; // filters at a time
    std::int64_t tile = 0;  // input pixels
    std::int64_t chunks = 1;
    std::int64_t slots = 1;
    std::size_t slotBytes = 0;

    std::size_t bytes() const { return slotBytes * static_cast<std::size_t>(slots); }
};

// As many filters at a time as fit, but enough pieces for the threads; then as many pixels as fit.
Shares sharesOf(std::int64_t planes, std::int64_t pixels, std::int64_t taps, std::int64_t groupFilters,
                std::size_t elementBytes, int threadCount)
{
    const std::int64_t threads = std::max(threadCount, 1);
    const std::int64_t fitting =
        matrixElements / std::max<std::int64_t>(taps * std::min<std::int64_t>(pixels, 256), 1);
    const std::int64_t share = planes >= threads ? groupFilters : (groupFilters + threads - 1) / threads;
    Shares shares;
    shares.chunk = std::clamp<std::int64_t>(fitting, 1, share);
    shares.tile = std::min(pixels, std::max<std::int64_t>(64, matrixElements / (shares.chunk * taps)));
    shares.chunks = (groupFilters + shares.chunk - 1) / shares.chunk;
    shares.slots = slotCount(threadCount, planes * shares.chunks);
    shares.slotBytes = cacheLines(static_cast<std::size_t>(shares.chunk * taps * shares.tile) * elementBytes);
    return shares;
}

std::int64_t scratchOf(std::int64_t groups, std::size_t elementBytes, const RunSizes& sizes)
{
    const Dims& input = sizes.inputs[0].dims;
    const Dims& weight = sizes.inputs[1].dims;
    if (input.size() < 3 || weight.size() != input.size() || sizes.outputs[0].elements() == 0)
        return 0;
    const Shares shares =
        sharesOf(input[0] * groups, productOf(input, 2, input.size()), productOf(weight, 2, weight.size()),
                 weight[1], elementBytes, sizes.threads);
    return static_cast<std::int64_t>(shares.bytes());
}

template<class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& weight = *context.input(1);
    const graph::Tensor* bias = context.input(2);
    const std::int64_t groups = attributes.groups;
    if (input.rank() < 3 || weight.rank() != input.rank() || input.dims()[1] != weight.dims()[0] ||
        input.dims()[1] % groups != 0)
        return badInput(fmt::format(
            "expected an input N×C×… and a weight C×M/group×… with C divisible by group {}, found "
            "{} and {}",
            groups, graph::dimsText(input.dims()), graph::dimsText(weight.dims())));
    const std::size_t rank = input.rank() - 2;
    if (rank > 3)
        return Error{ErrorCode::Unsupported,
                     fmt::format("windows over {} spatial dims are not implemented, 1 to 3 are", rank),
                     {}};
    TRY(checkLengths(attributes, rank));
    if (!attributes.window.kernel.empty() &&
        !std::equal(attributes.window.kernel.begin(), attributes.window.kernel.end(),
                    weight.dims().begin() + 2))
        return badInput(fmt::format("expected a weight with kernel {}, found {}",
                                    graph::dimsText(attributes.window.kernel),
                                    graph::dimsText(weight.dims())));
    Window window;
    for (std::size_t i = 0; i < rank; ++i)
        window[3 - rank + i] =
            TRY(resolveAxis(attributes, i, rank, input.dims()[i + 2], weight.dims()[i + 2]));
    const std::int64_t groupFilters = weight.dims()[1];
    const auto filters = checkedMul(groupFilters, groups);
    if (!filters)
        return badInput(fmt::format("group {} is out of range", groups));
    if (bias != nullptr)
        TRY(expectDims(*bias, {*filters}, "a bias"));
    Dims dims{input.dims()[0], *filters};
    appendOutputDims(window, rank, dims);
    graph::Tensor* output = TRY(context.output(0, input.type(), dims));
    if (output->elementCount() == 0)
        return {};

    const std::int64_t pixels = inputPlane(window);
    const std::int64_t outPixels = outputPlane(window);
    const std::int64_t taps = kernelPlane(window);
    const std::int64_t groupChannels = input.dims()[1] / groups;
    const std::int64_t planes = input.dims()[0] * groups;
    const Shares shares = sharesOf(planes, pixels, taps, groupFilters, sizeof(T), context.threadCount());
    const std::int64_t chunk = shares.chunk, chunks = shares.chunks, tile = shares.tile, slots = shares.slots;
    const std::size_t slotBytes = shares.slotBytes;
    std::byte* matrices = TRY(context.scratch(shares.bytes()));
    const T* in = input.data<T>();
    const T* weights = weight.data<T>();
    const T* biases = bias == nullptr ? nullptr : bias->data<T>();
    T* out = output->mutableData<T>();
    parallelSlots(
        context, slots, planes * chunks, [&](std::int64_t slot, std::int64_t begin, std::int64_t end) {
            T* matrix = reinterpret_cast<T*>(matrices + slotBytes * static_cast<std::size_t>(slot));
            for (std::int64_t task = begin; task < end && !context.stopRequested(); ++task) {
                const std::int64_t plane = task / chunks; // image · groups + group
                const std::int64_t group = plane % groups;
                const std::int64_t m0 = task % chunks * chunk;
                const std::int64_t count = std::min(chunk, groupFilters - m0);
                T* to = out + (plane * groupFilters + m0) * outPixels;
                for (std::int64_t m = 0; m < count; ++m)
                    std::fill_n(to + m * outPixels, outPixels,
                                biases == nullptr ? T(0) : biases[group * groupFilters + m0 + m]);
                const MatrixOperand<T> left{weights + (group * groupChannels * groupFilters + m0) * taps,
                                            groupFilters * taps, Layout::Transposed};
                for (std::int64_t first = 0; first < pixels; first += tile) {
                    const std::int64_t width = std::min(tile, pixels - first);
                    matrixProduct<T>({count * taps, width, groupChannels}, left,
                                     {in + plane * groupChannels * pixels + first, pixels}, matrix, width,
                                     Into::Overwrite);
                    const T* row = matrix;
                    for (std::int64_t m = 0; m < count; ++m)
                        for (std::int64_t tap = 0; tap < taps; ++tap, row += width)
                            scatterRow(window, row, first, width, tap / window[2].kernel / window[1].kernel,
                                       tap / window[2].kernel % window[1].kernel, tap % window[2].kernel,
                                       to + m * outPixels);
                }
            }
        });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2}));
    const Attributes attributes = TRY(parse(info.node));
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel([attributes](KernelContext& context) { return run<T>(context, attributes); },
                          [groups = attributes.groups](const RunSizes& sizes) {
                              return scratchOf(groups, sizeof(T), sizes);
                          });
    });
}

// Every input element: a multiplication and an addition for each weight of its channel.
Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (inputs.size() < 2 || inputs[1].dims.empty() || inputs[1].dims[0] == 0 || outputs.empty())
        return result;
    result.flops = 2.0 * static_cast<double>(inputs[0].elements()) *
                   static_cast<double>(inputs[1].elements()) / static_cast<double>(inputs[1].dims[0]);
    if (inputs.size() > 2 && !inputs[2].dims.empty())
        result.flops += static_cast<double>(outputs[0].elements());
    return result;
}

} // namespace

OpList conv_transpose()
{
    OpSpec spec;
    spec.name = "ConvTranspose";
    spec.lastVersion = 23;
    spec.doc = "The transpose of a convolution over 1 to 3 spatial dims. ConvTranspose-1, ConvTranspose-11, "
               "ConvTranspose-22.";
    spec.category = OpCategory::Convolution;
    spec.minInputs = 2;
    spec.maxInputs = 3;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return {spec};
}

} // namespace orrery::ops
