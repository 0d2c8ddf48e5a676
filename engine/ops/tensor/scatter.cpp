// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/scatter.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

template<class T>
T combined(T a, T b, Reduction reduction)
{
    // Integers wrap: the arithmetic is done unsigned, where that is defined.
    using Wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
    switch (reduction) {
    case Reduction::Add:
        return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b));
    case Reduction::Multiply:
        return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b));
    case Reduction::Maximum:
        return a < b || b != b ? b : a;
    case Reduction::Minimum:
        return b < a || b != b ? b : a;
    default:
        return b;
    }
}

} // namespace

Result<Reduction> reductionOf(const graph::Node& node)
{
    std::string text = node.stringAttribute("reduction", "none");
    if (text == "none")
        return Reduction::None;
    if (text == "add")
        return Reduction::Add;
    if (text == "mul")
        return Reduction::Multiply;
    if (text == "max")
        return Reduction::Maximum;
    if (text == "min")
        return Reduction::Minimum;
    return badInput(
        fmt::format("reduction is \"{}\", expected none, add, mul, max or min", displayText(text, 40)));
}

Result<void> scatterRuns(KernelContext& context, const graph::Tensor& data, const graph::Tensor& updates,
                         std::span<const ScatterRun> runs, std::int64_t count, Reduction reduction)
{
    auto slot = static_cast<std::int64_t>(TRY(slotBytes(data.type())));
    if (updates.type() != data.type())
        return runError(
            fmt::format("updates are {}, data {}", graph::name(updates.type()), graph::name(data.type())));
    const std::byte* source = slots(updates);
    graph::Tensor* output = TRY(context.output(0, data.type(), data.dims()));
    std::byte* target = slots(*output);
    if (target == source && updates.byteSize() > 0) { // the same value as the data, whose bytes are reused
        std::byte* copy = TRY(context.scratch(updates.byteSize()));
        std::memcpy(copy, source, updates.byteSize());
        source = copy;
    }
    if (target != slots(data))
        copyStrided(context, data.type(), slots(data), target, {{data.elementCount(), 1, 1}});
    if (reduction == Reduction::None) {
        for (const ScatterRun& run : runs)
            copySlots(data.type(), source + run.update * slot, target + run.target * slot, count);
        return {};
    }
    return dispatch(NumberTypes(), data.type(), [&]<class T>(TypeTag<T>) -> Result<void> {
        auto* from = reinterpret_cast<const T*>(source);
        auto* to = reinterpret_cast<T*>(target);
        for (const ScatterRun& run : runs)
            for (std::int64_t i = 0; i < count; ++i)
                to[run.target + i] = combined(to[run.target + i], from[run.update + i], reduction);
        return {};
    });
}

Result<void> inferLikeData(InferContext& context)
{
    context.setSameAsInput(0, 0);
    return {};
}

} // namespace orrery::ops
