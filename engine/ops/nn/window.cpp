// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/nn/window.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;

// Products of two such numbers and sums of a few of them fit into 64 bits.
constexpr std::int64_t largest = (std::int64_t(1) << 31) - 1;

Result<std::vector<std::int64_t>> parseList(const graph::Node& node, std::string_view attribute,
                                            std::int64_t smallest)
{
    std::vector<std::int64_t> values = node.intsAttribute(attribute);
    for (std::int64_t value : values)
        if (value < smallest || value > largest)
            return badInput(
                fmt::format("expected {} of {} to {}, found {}", attribute, smallest, largest, value));
    return values;
}

Result<void> expectLength(std::string_view attribute, std::size_t found, std::size_t expected)
{
    if (found == 0 || found == expected)
        return {};
    return badInput(fmt::format("expected {} values in {}, found {}", expected, attribute, found));
}

Result<void> checkLengths(const WindowAttributes& attributes, std::size_t rank)
{
    TRY(expectLength("kernel_shape", attributes.kernel.size(), rank));
    TRY(expectLength("strides", attributes.strides.size(), rank));
    TRY(expectLength("dilations", attributes.dilations.size(), rank));
    TRY(expectLength("pads", attributes.pads.size(), rank * 2));
    return {};
}

Result<WindowAxis> resolveAxis(const WindowAttributes& attributes, std::size_t axis, std::size_t rank,
                               std::int64_t input, std::int64_t kernel)
{
    if (kernel < 1 || kernel > largest || input > largest)
        return badInput(
            fmt::format("expected a kernel of 1 to {} over inputs of at most {}, found {} over {}", largest,
                        largest, kernel, input));
    WindowAxis result;
    result.input = input;
    result.kernel = kernel;
    result.stride = attributes.strides.empty() ? 1 : attributes.strides[axis];
    result.dilation = attributes.dilations.empty() ? 1 : attributes.dilations[axis];
    const std::int64_t extent = (kernel - 1) * result.dilation + 1;
    if (attributes.autoPad == AutoPad::SameUpper || attributes.autoPad == AutoPad::SameLower) {
        result.output = (input + result.stride - 1) / result.stride;
        const std::int64_t total =
            std::max<std::int64_t>(0, (result.output - 1) * result.stride + extent - input);
        result.padBegin = attributes.autoPad == AutoPad::SameUpper ? total / 2 : total - total / 2;
        result.padEnd = total - result.padBegin;
        return result;
    }
    if (attributes.autoPad == AutoPad::NotSet && !attributes.pads.empty()) {
        result.padBegin = attributes.pads[axis];
        result.padEnd = attributes.pads[axis + rank];
    }
    const std::int64_t padded = input + result.padBegin + result.padEnd;
    if (padded < extent) {
        result.output = 0;
        if (input == 0)
            return result;
        return badInput(fmt::format(
            "a window of {} (kernel {}, dilation {}) does not fit an input of {} with pads {} and {}", extent,
            kernel, result.dilation, input, result.padBegin, result.padEnd));
    }
    const std::int64_t room = padded - extent;
    if (attributes.rounding == Rounding::Floor) {
        result.output = room / result.stride + 1;
        return result;
    }
    result.output = (room + result.stride - 1) / result.stride + 1;
    if ((result.output - 1) * result.stride >=
        input + result.padBegin) // the last window would see padding only
        --result.output;
    return result;
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

} // namespace

Result<WindowAttributes> parseWindow(const graph::Node& node)
{
    WindowAttributes attributes;
    attributes.kernel = TRY(parseList(node, "kernel_shape", 1));
    attributes.strides = TRY(parseList(node, "strides", 1));
    attributes.dilations = TRY(parseList(node, "dilations", 1));
    const std::string autoPad = node.stringAttribute("auto_pad", "NOTSET");
    if (autoPad == "SAME_UPPER")
        attributes.autoPad = AutoPad::SameUpper;
    else if (autoPad == "SAME_LOWER")
        attributes.autoPad = AutoPad::SameLower;
    else if (autoPad == "VALID")
        attributes.autoPad = AutoPad::Valid;
    else if (autoPad != "NOTSET" && !autoPad.empty())
        return badInput(fmt::format("expected auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID, found \"{}\"",
                                    displayText(autoPad, 40)));
    attributes.pads = TRY(parseList(node, "pads", 0));
    attributes.rounding = node.intAttribute("ceil_mode", 0) != 0 ? Rounding::Ceil : Rounding::Floor;
    return attributes;
}

Result<Window> resolveWindow(const WindowAttributes& attributes, std::span<const std::int64_t> input,
                             std::span<const std::int64_t> kernel)
{
    const std::size_t rank = input.size();
    if (rank > 3)
        return Error{ErrorCode::Unsupported,
                     fmt::format("windows over {} spatial dims are not implemented, 1 to 3 are", rank),
                     {}};
    if (kernel.size() != rank)
        return badInput(fmt::format("expected a kernel of {} dims, found {}", rank, kernel.size()));
    TRY(checkLengths(attributes, rank));
    Window window;
    for (std::size_t i = 0; i < rank; ++i)
        window[3 - rank + i] = TRY(resolveAxis(attributes, i, rank, input[i], kernel[i]));
    return window;
}

Result<Dim> windowOutput(const WindowAttributes& attributes, std::size_t axis, const Dim& input,
                         const Dim& kernel)
{
    const std::size_t rank = std::max({attributes.strides.size(), attributes.dilations.size(),
                                       attributes.pads.size() / 2, attributes.kernel.size(), axis + 1});
    TRY(checkLengths(attributes, rank));
    const Dim stride = attributes.strides.empty() ? 1 : attributes.strides[axis];
    if (attributes.autoPad == AutoPad::SameUpper || attributes.autoPad == AutoPad::SameLower)
        return ceilDiv(input, stride);
    if (!kernel.isKnown())
        return Dim::unknown();
    if (input.isKnown())
        return Dim(TRY(resolveAxis(attributes, axis, rank, input.value(), kernel.value())).output);
    if (kernel.value() < 1 || kernel.value() > largest)
        return badInput(fmt::format("expected a kernel of 1 to {}, found {}", largest, kernel.value()));
    const bool padded = attributes.autoPad == AutoPad::NotSet && !attributes.pads.empty();
    const std::int64_t begin = padded ? attributes.pads[axis] : 0;
    const std::int64_t end = padded ? attributes.pads[axis + rank] : 0;
    const std::int64_t dilation = attributes.dilations.empty() ? 1 : attributes.dilations[axis];
    const std::int64_t extent = (kernel.value() - 1) * dilation + 1;
    const Dim room =
        begin + end >= extent ? input + Dim(begin + end - extent) : input - Dim(extent - begin - end);
    if (attributes.rounding == Rounding::Floor)
        return floorDiv(room, stride) + Dim(1);
    // Whether the last window is dropped depends on the size unless the pad at the end is small.
    return stride.value() + end <= extent ? ceilDiv(room, stride) + Dim(1) : Dim::unknown();
}

void appendOutputDims(const Window& window, std::size_t rank, graph::Dims& dims)
{
    for (std::size_t i = 3 - rank; i < 3; ++i)
        dims.push_back(window[i].output);
}

std::int64_t inputPlane(const Window& w) { return w[0].input * w[1].input * w[2].input; }
std::int64_t outputPlane(const Window& w) { return w[0].output * w[1].output * w[2].output; }
std::int64_t kernelPlane(const Window& w) { return w[0].kernel * w[1].kernel * w[2].kernel; }

Span insideKernel(const WindowAxis& axis, std::int64_t start)
{
    Span span;
    span.begin = start >= 0 ? 0 : (-start + axis.dilation - 1) / axis.dilation;
    span.end =
        std::clamp<std::int64_t>(floorDivide(axis.input - 1 - start, axis.dilation) + 1, 0, axis.kernel);
    span.begin = std::min(span.begin, span.end);
    return span;
}

Span insideOutputs(const WindowAxis& axis, std::int64_t offset)
{
    Span span;
    span.begin = offset >= 0 ? 0 : (-offset + axis.stride - 1) / axis.stride;
    span.end =
        std::clamp<std::int64_t>(floorDivide(axis.input - 1 - offset, axis.stride) + 1, 0, axis.output);
    span.begin = std::min(span.begin, span.end);
    return span;
}

} // namespace orrery::ops
