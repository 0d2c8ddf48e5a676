// SPDX-License-Identifier: Apache-2.0
//
// Three ways. Depthwise (one input channel for each group), unless the caller wants the third: every output
// row is a sum of weighted input rows, computed directly. Pointwise (1×1, stride 1, no pads): the input
// already is the matrix that multiplies the weight. All else: im2col, which writes for a tile of output
// pixels the inputs that each kernel position sees as one row of a matrix; the weight (filters × rows) times
// that matrix is the tile. Tiles are sized so that the matrix stays in the second-level cache, and are shared
// among the threads; bias goes in before, the activation over the tile right after the product, while it is
// still in the cache.
#include "engine/ops/nn/convolution.h"

#include "engine/ops/checks.h"
#include "engine/ops/gemm.h"
#include "engine/ops/nn/depthwise.h"
#include "engine/ops/parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Shape;

constexpr std::int64_t tileBytes = 512 * 1024;
constexpr std::int64_t smallestTile = 48;
constexpr std::int64_t largestTile = 1024;
constexpr std::int64_t tileUnit = 16;

std::int64_t tileSize(std::int64_t rows, std::int64_t pixels, std::int64_t others, std::int64_t elementBytes,
                      std::int64_t threads)
{
    std::int64_t tile =
        std::clamp(tileBytes / elementBytes / std::max<std::int64_t>(rows, 1), smallestTile, largestTile);
    if (others < threads) // so that each thread gets a tile
        tile = std::min(tile, std::max((pixels + threads - 1) / threads, smallestTile));
    tile = (tile + tileUnit - 1) / tileUnit * tileUnit;
    const std::int64_t tiles = (pixels + tile - 1) / tile;
    const std::int64_t even = (pixels + tiles - 1) / tiles; // of about equal sizes
    return std::min((even + tileUnit - 1) / tileUnit * tileUnit, pixels);
}

// One row of the im2col matrix for the pixels [first, first + count): the inputs of one channel that the
// kernel position (kd, kh, kw) sees.
template<class T>
struct RowGather {
    const Window& window;
    std::int64_t first;
    std::int64_t count;

    void operator()(const T* plane, std::int64_t kd, std::int64_t kh, std::int64_t kw, T* row) const
    {
        const auto& [d, h, w] = window;
        const std::int64_t offset = kw * w.dilation - w.padBegin;
        const Span inside = insideOutputs(w, offset);
        std::int64_t ow = first % w.output;
        std::int64_t oh = first / w.output % h.output;
        std::int64_t od = first / w.output / h.output;
        for (std::int64_t done = 0; done < count;) {
            const std::int64_t end = std::min(w.output, ow + count - done);
            const std::int64_t id = od * d.stride - d.padBegin + kd * d.dilation;
            const std::int64_t ih = oh * h.stride - h.padBegin + kh * h.dilation;
            T* out = row + done - ow; // indexed by ow
            if (id < 0 || id >= d.input || ih < 0 || ih >= h.input) {
                std::fill(out + ow, out + end, T(0));
            } else {
                const T* in = plane + (id * h.input + ih) * w.input;
                const std::int64_t low = std::clamp(inside.begin, ow, end);
                const std::int64_t high = std::clamp(inside.end, low, end);
                std::fill(out + ow, out + low, T(0));
                if (w.stride == 1)
                    std::copy(in + low + offset, in + high + offset, out + low);
                else
                    for (std::int64_t o = low; o < high; ++o)
                        out[o] = in[o * w.stride + offset];
                std::fill(out + high, out + end, T(0));
            }
            done += end - ow;
            ow = 0;
            if (++oh == h.output) {
                oh = 0;
                ++od;
            }
        }
    }
};

template<class T>
void gatherTile(const Convolution& c, const T* input, std::int64_t first, std::int64_t count, T* matrix)
{
    const auto& [d, h, w] = c.window;
    const std::int64_t plane = inputPlane(c.window);
    RowGather<T> gather{c.window, first, count};
    for (std::int64_t channel = 0; channel < c.channels / c.groups; ++channel)
        for (std::int64_t kd = 0; kd < d.kernel; ++kd)
            for (std::int64_t kh = 0; kh < h.kernel; ++kh)
                for (std::int64_t kw = 0; kw < w.kernel; ++kw, matrix += count)
                    gather(input + channel * plane, kd, kh, kw, matrix);
}

bool isPointwise(const Window& window)
{
    return std::all_of(window.begin(), window.end(), [](const WindowAxis& axis) {
        return axis.kernel == 1 && axis.stride == 1 && axis.padBegin == 0 && axis.padEnd == 0;
    });
}

template<class T>
void activate(const Activation& activation, T* data, std::int64_t n)
{
    if constexpr (std::is_floating_point_v<T>)
        if (activation.kind != Activation::Kind::None)
            apply(activation, data, n);
}

// How the work is shared, and what each share needs.
struct Shares {
    std::int64_t tile = 0; // pixels
    std::int64_t tiles = 0;
    std::int64_t cuts = 1;
    std::int64_t tasks = 0;
    std::int64_t slots = 1;
    std::size_t slotBytes = 0;

    std::size_t bytes() const { return slotBytes * static_cast<std::size_t>(slots); }
};

Shares productShares(const Convolution& c, std::size_t elementBytes, int threadCount)
{
    const std::int64_t pixels = outputPlane(c.window);
    const std::int64_t rows = c.channels / c.groups * kernelPlane(c.window);
    const std::int64_t planes = c.batch * c.groups;
    const std::int64_t threads = std::max(threadCount, 1);
    Shares shares;
    shares.tile = tileSize(rows, pixels, planes, static_cast<std::int64_t>(elementBytes), threads);
    shares.tiles = (pixels + shares.tile - 1) / shares.tile;
    // Small images with many filters: the filters are cut too.
    shares.cuts = planes * shares.tiles >= threads
                      ? 1
                      : std::clamp<std::int64_t>(c.filters / c.groups / 32, 1, threads);
    shares.tasks = planes * shares.tiles * shares.cuts;
    shares.slots = slotCount(threadCount, shares.tasks);
    if (!isPointwise(c.window))
        shares.slotBytes = cacheLines(static_cast<std::size_t>(rows * shares.tile) * elementBytes);
    return shares;
}

Shares depthwiseShares(const Convolution& c, std::size_t elementBytes, int threads)
{
    Shares shares;
    shares.tasks = c.batch * c.filters;
    const bool worthThreads = static_cast<double>(shares.tasks * outputPlane(c.window)) *
                                  static_cast<double>(kernelPlane(c.window)) >
                              65536;
    shares.slots = worthThreads ? slotCount(threads, shares.tasks) : 1;
    if (!fitsLine(c.window))
        return shares;
    const Line line = lineOf(c.window);
    shares.slotBytes = cacheLines(static_cast<std::size_t>(line.framed + line.length) * elementBytes);
    return shares;
}

bool isDirect(const Convolution& c)
{
    return c.way == ConvolutionWay::Direct && c.groups == c.channels && c.groups > 1;
}

template<class T>
Result<void> convolveByProduct(KernelContext& context, const Convolution& c, const T* input, const T* weight,
                               const T* bias, T* output, const Activation& activation)
{
    const bool pointwise = isPointwise(c.window);
    const std::int64_t pixels = outputPlane(c.window);
    const std::int64_t groupFilters = c.filters / c.groups;
    const std::int64_t groupChannels = c.channels / c.groups;
    const std::int64_t rows = groupChannels * kernelPlane(c.window);
    const Shares shares = productShares(c, sizeof(T), context.threadCount());
    const auto [tile, tiles, cuts, tasks, slots, slotBytes] = shares;
    std::byte* matrices = pointwise ? nullptr : TRY(context.scratch(shares.bytes()));
    parallelSlots(context, slots, tasks,
                  [&, tile = tile, tiles = tiles, cuts = cuts,
                   slotBytes = slotBytes](std::int64_t slot, std::int64_t begin, std::int64_t end) {
                      T* matrix = reinterpret_cast<T*>(matrices + slotBytes * static_cast<std::size_t>(slot));
                      for (std::int64_t task = begin; task < end && !context.stopRequested(); ++task) {
                          const std::int64_t cut = task % cuts;
                          const std::int64_t first = task / cuts % tiles * tile;
                          const std::int64_t plane = task / cuts / tiles; // image · groups + group
                          const std::int64_t count = std::min(tile, pixels - first);
                          const T* from = input + plane * groupChannels * inputPlane(c.window);
                          MatrixOperand<T> right{from + first, pixels};
                          if (!pointwise) {
                              gatherTile(c, from, first, count, matrix);
                              right = {matrix, count};
                          }
                          const std::int64_t m0 = groupFilters * cut / cuts;
                          const std::int64_t m1 = groupFilters * (cut + 1) / cuts;
                          const std::int64_t filter0 = plane % c.groups * groupFilters + m0;
                          T* out = output + (plane * groupFilters + m0) * pixels + first;
                          for (std::int64_t m = 0; m < m1 - m0; ++m)
                              std::fill_n(out + m * pixels, count,
                                          bias == nullptr ? T(0) : bias[filter0 + m]);
                          matrixProduct<T>({m1 - m0, count, rows}, {weight + filter0 * rows, rows}, right,
                                           out, pixels, Into::Add);
                          for (std::int64_t m = 0; m < m1 - m0; ++m)
                              activate(activation, out + m * pixels, count);
                      }
                  });
    return {};
}

template<class T>
Result<void> convolveDepthwise(KernelContext& context, const Convolution& c, const T* input, const T* weight,
                               const T* bias, T* output, const Activation& activation)
{
    const std::int64_t pixels = outputPlane(c.window);
    const std::int64_t taps = kernelPlane(c.window);
    const std::int64_t multiplier = c.filters / c.channels;
    const bool byLine = fitsLine(c.window);
    const Line line = byLine ? lineOf(c.window) : Line();
    const Shares shares = depthwiseShares(c, sizeof(T), context.threadCount());
    const std::size_t slotBytes = shares.slotBytes;
    std::byte* work = byLine ? TRY(context.scratch(shares.bytes())) : nullptr;
    parallelSlots(
        context, shares.slots, shares.tasks, [&](std::int64_t slot, std::int64_t begin, std::int64_t end) {
            for (std::int64_t plane = begin; plane < end && !context.stopRequested(); ++plane) {
                const std::int64_t filter = plane % c.filters;
                const T* in = input + plane / multiplier * inputPlane(c.window);
                const T start = bias == nullptr ? T(0) : bias[filter];
                T* out = output + plane * pixels;
                if (byLine)
                    planeByLine(c.window, line, in, weight + filter * taps, start,
                                reinterpret_cast<T*>(work + slotBytes * static_cast<std::size_t>(slot)), out);
                else
                    depthwisePlane(c.window, in, weight + filter * taps, start, out);
                activate(activation, out, pixels);
            }
        });
    return {};
}

} // namespace

graph::Dims Convolution::outputDims() const
{
    graph::Dims dims{batch, filters};
    appendOutputDims(window, spatialRank, dims);
    return dims;
}

Result<std::int64_t> parseGroups(const graph::Node& node)
{
    const std::int64_t groups = node.intAttribute("group", 1);
    if (groups < 1)
        return badInput(fmt::format("expected a group of 1 or more, found {}", groups));
    return groups;
}

Result<Convolution> convolutionOf(const WindowAttributes& attributes, std::int64_t groups,
                                  const graph::Dims& input, const graph::Dims& weight)
{
    if (input.size() < 3 || weight.size() != input.size())
        return badInput(
            fmt::format("expected an input N×C×… and a weight M×C/group×… of the same rank, found {} and {}",
                        graph::dimsText(input), graph::dimsText(weight)));
    Convolution result;
    result.batch = input[0];
    result.channels = input[1];
    result.filters = weight[0];
    result.groups = groups;
    result.spatialRank = input.size() - 2;
    if (result.channels % groups != 0 || result.filters % groups != 0 ||
        weight[1] != result.channels / groups)
        return badInput(
            fmt::format("expected channels and filters divisible by group {} and a weight of shape "
                        "M×C/group×…, found input {} and weight {}",
                        groups, graph::dimsText(input), graph::dimsText(weight)));
    const std::span<const std::int64_t> kernel(weight.begin() + 2, weight.end());
    if (!attributes.kernel.empty() &&
        !std::equal(kernel.begin(), kernel.end(), attributes.kernel.begin(), attributes.kernel.end()))
        return badInput(fmt::format("expected a weight with kernel {}, found {}",
                                    graph::dimsText(attributes.kernel), graph::dimsText(weight)));
    result.window = TRY(resolveWindow(attributes, std::span(input).subspan(2), kernel));
    return result;
}

Result<std::optional<Shape>> inferConvolution(const graph::Node& node, const Shape* input,
                                              const Shape* weight)
{
    WindowAttributes attributes = TRY(parseWindow(node));
    const std::int64_t groups = TRY(parseGroups(node));
    if (input == nullptr)
        return std::optional<Shape>();
    if (weight != nullptr && input->isStatic() && weight->isStatic()) {
        Convolution whole = TRY(convolutionOf(attributes, groups, *input->concrete(), *weight->concrete()));
        return std::optional(Shape::of(whole.outputDims()));
    }
    if (input->rank() < 3 || (weight != nullptr && weight->rank() != input->rank()))
        return badInput(
            fmt::format("expected an input N×C×… and a weight M×C/group×… of the same rank, found {} and {}",
                        input->text(), weight == nullptr ? "?" : weight->text()));
    if (weight != nullptr && input->dims[1].isKnown() && weight->dims[1].isKnown() &&
        input->dims[1].value() != weight->dims[1].value() * groups)
        return badInput(
            fmt::format("expected a weight of shape M×C/group×… for group {}, found input {} and weight {}",
                        groups, input->text(), weight->text()));
    Shape result({input->dims[0], weight == nullptr ? Dim::unknown() : weight->dims[0]});
    for (std::size_t axis = 0; axis + 2 < input->rank(); ++axis) {
        Dim kernel = weight != nullptr ? weight->dims[axis + 2] : Dim::unknown();
        if (!kernel.isKnown() && axis < attributes.kernel.size())
            kernel = attributes.kernel[axis];
        result.dims.push_back(TRY(windowOutput(attributes, axis, input->dims[axis + 2], kernel)));
    }
    return std::optional(std::move(result));
}

std::int64_t scratchBytes(const Convolution& convolution, std::size_t elementBytes, int threads)
{
    const Shares shares = isDirect(convolution) ? depthwiseShares(convolution, elementBytes, threads)
                                                : productShares(convolution, elementBytes, threads);
    return static_cast<std::int64_t>(shares.bytes());
}

template<class T>
Result<void> convolve(KernelContext& context, const Convolution& convolution, const T* input, const T* weight,
                      const T* bias, T* output, const Activation& activation)
{
    if (isDirect(convolution))
        return convolveDepthwise(context, convolution, input, weight, bias, output, activation);
    return convolveByProduct(context, convolution, input, weight, bias, output, activation);
}

template Result<void> convolve(KernelContext&, const Convolution&, const float*, const float*, const float*,
                               float*, const Activation&);
template Result<void> convolve(KernelContext&, const Convolution&, const double*, const double*,
                               const double*, double*, const Activation&);
template Result<void> convolve(KernelContext&, const Convolution&, const std::uint32_t*, const std::uint32_t*,
                               const std::uint32_t*, std::uint32_t*, const Activation&);

} // namespace orrery::ops
