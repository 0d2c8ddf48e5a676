// SPDX-License-Identifier: Apache-2.0
//
// Each axis gets a map from output index to input index, or -1 for the constant; negative pads crop, and the
// other modes look only at what is left after cropping. Trailing axes without pads are one block of
// neighbouring elements. An output row is then a run of blocks: constant ones at its rims, a single copy in
// its middle, and mapped ones between where the mode is not "constant".
#include "engine/base/checked_math.h"
#include "engine/base/text.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;

enum class Mode { Constant, Reflect, Edge, Wrap };

Result<Mode> modeOf(const graph::Node& node)
{
    std::string text = node.stringAttribute("mode", "constant");
    if (text == "constant")
        return Mode::Constant;
    if (text == "reflect")
        return Mode::Reflect;
    if (text == "edge")
        return Mode::Edge;
    if (text == "wrap")
        return Mode::Wrap;
    return badInput(
        fmt::format("mode is \"{}\", expected constant, reflect, edge or wrap", displayText(text, 40)));
}

IntsArgument padsOf(const graph::Node& node, std::int64_t opset)
{
    return {node, opset, opset < 2 ? "paddings" : "pads", 1, 11};
}

IntsArgument axesOf(const graph::Node& node, std::int64_t opset)
{
    return {node, opset, "", 3, opset < 18 ? newestOpset + 1 : 18};
}

// Pads of all axes, begins then ends, from those of the given axes.
Result<std::vector<std::int64_t>> spread(std::vector<std::int64_t> pads,
                                         const std::optional<std::vector<std::int64_t>>& givenAxes,
                                         std::size_t rank)
{
    std::size_t count = givenAxes ? givenAxes->size() : rank;
    if (pads.size() != 2 * count)
        return badInput(fmt::format("{} pads are given for {} axes", pads.size(), count));
    if (!givenAxes)
        return pads;
    std::vector<std::int64_t> all(2 * rank, 0);
    auto axes = TRY(normalizeAxes(*givenAxes, rank));
    for (std::size_t i = 0; i < axes.size(); ++i) {
        auto axis = static_cast<std::size_t>(axes[i]);
        all[axis] = pads[i];
        all[rank + axis] = pads[count + i];
    }
    return all;
}

Dim plus(const Dim& dim, std::int64_t n)
{
    return n >= 0 ? dim + Dim(n) : n == INT64_MIN ? Dim::unknown() : dim - Dim(-n);
}

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    std::optional<graph::Shape> output;
    if (input != nullptr) {
        output = graph::Shape(std::vector<Dim>(input->rank()));
        IntsArgument axesArgument = axesOf(context.node(), context.opsetVersion());
        auto axes = axesArgument.inferred(context);
        auto pads = padsOf(context.node(), context.opsetVersion()).inferred(context);
        if (pads && (axes || !axesArgument.given())) {
            auto all = TRY(spread(*pads, axesArgument.given() ? axes : std::nullopt, input->rank()));
            for (std::size_t i = 0; i < input->rank(); ++i)
                output->dims[i] = plus(plus(input->dims[i], all[i]), all[input->rank() + i]);
        }
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

std::int64_t floorMod(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

// Index into the input for each index of the output; -1 for the constant.
Result<std::vector<std::int64_t>> indexMap(std::int64_t length, std::int64_t begin, std::int64_t end,
                                           std::int64_t outputLength, Mode mode)
{
    std::int64_t low = std::min(length, std::max<std::int64_t>(0, -begin)); // what is left after cropping
    std::int64_t high = std::max(low, length - std::max<std::int64_t>(0, -end));
    std::int64_t left = high - low;
    std::vector<std::int64_t> map(static_cast<std::size_t>(outputLength), -1);
    if (left == 0 && mode != Mode::Constant && outputLength > 0)
        return runError("an axis without elements can only be padded with a constant");
    for (std::int64_t i = 0; i < outputLength; ++i) {
        std::int64_t at = i - std::max<std::int64_t>(0, begin);
        if (mode == Mode::Edge) {
            at = std::clamp<std::int64_t>(at, 0, left - 1);
        } else if (mode == Mode::Wrap) {
            at = floorMod(at, left);
        } else if (mode == Mode::Reflect) {
            std::int64_t period = std::max<std::int64_t>(1, 2 * (left - 1));
            at = floorMod(at, period);
            at = std::min(at, period - at);
            at = left == 1 ? 0 : at;
        } else if (at < 0 || at >= left) {
            continue;
        }
        map[static_cast<std::size_t>(i)] = low + at;
    }
    return map;
}

// The constant as one slot: input 2, or the attribute of older opsets; zero when neither is there.
Result<std::vector<std::byte>> constantSlot(KernelContext& context, const graph::Tensor& input,
                                            std::int64_t opset, float attribute)
{
    std::vector<std::byte> slot(TRY(slotBytes(input.type())), std::byte{0});
    if (opset < 11) {
        double wide = attribute;
        if (input.type() == graph::DataType::Float32)
            std::memcpy(slot.data(), &attribute, sizeof attribute);
        else if (input.type() == graph::DataType::Float64)
            std::memcpy(slot.data(), &wide, sizeof wide);
        else if (attribute != 0)
            return Error{ErrorCode::Unsupported, "a pad value is not implemented for this element type", {}};
        return slot;
    }
    const graph::Tensor* value = context.inputCount() > 2 ? context.input(2) : nullptr;
    if (value == nullptr)
        return slot;
    if (value->type() != input.type() || value->elementCount() != 1)
        return runError(fmt::format("the pad value is {} {}, expected one {}", graph::name(value->type()),
                                    graph::dimsText(value->dims()), graph::name(input.type())));
    std::memcpy(slot.data(), value->bytes(), slot.size());
    return slot;
}

// Neighbouring places of a row that are copied together, or all constant.
struct Run {
    std::int64_t from = -1; // -1: the constant
    std::int64_t count = 0;
};

std::vector<Run> runsOf(const std::vector<std::int64_t>& map)
{
    std::vector<Run> runs;
    for (std::int64_t at : map) {
        bool extends =
            !runs.empty() && (at < 0 ? runs.back().from < 0
                                     : runs.back().from >= 0 && at == runs.back().from + runs.back().count);
        if (extends)
            ++runs.back().count;
        else
            runs.push_back({at, 1});
    }
    return runs;
}

struct Layout {
    std::vector<std::vector<std::int64_t>> maps; // of the axes before the row's
    std::vector<Run> row;
    Dims strides;               // of the input, in elements
    Dims dims;                  // of the output
    std::int64_t block = 1;     // elements moved as one
    std::int64_t rowLength = 1; // of the output, in elements
};

void padRow(const Layout& layout, graph::DataType type, std::int64_t slot, const std::byte* input,
            const std::byte* constant, std::byte* output, std::int64_t row)
{
    std::int64_t base = 0;
    bool allConstant = false;
    std::int64_t rest = row;
    for (std::size_t i = layout.maps.size(); i-- > 0;) {
        std::int64_t at = layout.maps[i][static_cast<std::size_t>(rest % layout.dims[i])];
        rest /= layout.dims[i];
        allConstant = allConstant || at < 0;
        base += std::max<std::int64_t>(0, at) * layout.strides[i];
    }
    std::byte* to = output + row * layout.rowLength * slot;
    if (allConstant)
        return fillSlots(type, constant, to, layout.rowLength);
    for (const Run& run : layout.row) {
        std::int64_t count = run.count * layout.block;
        if (run.from < 0)
            fillSlots(type, constant, to, count);
        else
            copySlots(type, input + (base + run.from * layout.block) * slot, to, count);
        to += count * slot;
    }
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Mode mode = TRY(modeOf(info.node));
    IntsArgument padsArgument = padsOf(info.node, info.opsetVersion);
    IntsArgument axesArgument = axesOf(info.node, info.opsetVersion);
    float value = info.node.floatAttribute("value", 0);
    return makeKernel([=, opset = info.opsetVersion](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        if (input->type() == graph::DataType::String)
            return Error{ErrorCode::Unsupported, "Pad of strings is not implemented", {}};
        auto slot = static_cast<std::int64_t>(TRY(slotBytes(input->type())));
        auto constant = TRY(constantSlot(context, *input, opset, value));
        std::optional<std::vector<std::int64_t>> axes;
        if (axesArgument.given())
            axes = TRY(axesArgument.value(context));
        auto given = TRY(padsArgument.value(context));
        std::size_t rank = input->rank();
        auto pads = TRY(spread(std::move(given), axes, rank));
        Layout layout;
        layout.dims = input->dims();
        layout.strides = rowMajorStrides(input->dims());
        for (std::size_t i = 0; i < rank; ++i) {
            auto grown = checkedAdd(layout.dims[i], pads[i]);
            grown = grown ? checkedAdd(*grown, pads[rank + i]) : grown;
            bool cropsAll = pads[i] < -input->dims()[i] || pads[rank + i] < -input->dims()[i];
            if (!grown || *grown < 0 || cropsAll)
                return runError(fmt::format("axis {} of length {} cannot be padded by {} and {}", i,
                                            input->dims()[i], pads[i], pads[rank + i]));
            layout.dims[i] = *grown;
        }
        graph::Tensor* output = TRY(context.output(0, input->type(), layout.dims));
        if (output->elementCount() == 0)
            return {};
        std::size_t mapped = rank;
        while (mapped > 1 && pads[mapped - 1] == 0 && pads[rank + mapped - 1] == 0)
            layout.block *= layout.dims[--mapped];
        for (std::size_t i = 0; i < mapped; ++i)
            layout.maps.push_back(
                TRY(indexMap(input->dims()[i], pads[i], pads[rank + i], layout.dims[i], mode)));
        if (layout.maps.empty())
            layout.maps.push_back({0}); // a scalar
        layout.row = runsOf(layout.maps.back());
        layout.rowLength = static_cast<std::int64_t>(layout.maps.back().size()) * layout.block;
        layout.maps.pop_back();
        std::int64_t grain = std::max<std::int64_t>(1, 16 * 1024 / layout.rowLength);
        context.parallelFor(output->elementCount() / layout.rowLength, grain,
                            [&](std::int64_t begin, std::int64_t end) {
                                for (std::int64_t row = begin; row < end; ++row)
                                    padRow(layout, input->type(), slot, input->bytes(), constant.data(),
                                           output->mutableBytes(), row);
                            });
        return {};
    });
}

} // namespace

OpList pad()
{
    return {{.name = "Pad",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc =
                 "Adds elements at both ends of each axis, or crops where a pad is negative (Pad-1, -2, -11, "
                 "-13, -18, -19, -21).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 4,
             .infer = infer,
             .kernel = kernel,
             .cost = copyCost}};
}

} // namespace orrery::ops
