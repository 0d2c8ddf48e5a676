// SPDX-License-Identifier: Apache-2.0
//
// The Reduce family. A tensor's dims fall into kept and reduced groups. Where the innermost group is reduced,
// each result comes from rows of neighbouring elements, taken in interleaved states that the compiler
// makes vectors of; where it is kept, a block of neighbouring results is carried down the rows. The order of
// additions depends on the shape alone, so results do not vary with the number of threads.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"
#include "engine/ops/reduce/reduce_plan.h"
#include "engine/ops/reduce/reducers.h"

#include <algorithm>
#include <numeric>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Tensor;

// Sums stay in registers; an extremum, which the compiler makes vectors of only as a loop over memory, has
// more.
template<class State, class T>
constexpr std::int64_t lanesFor = std::is_same_v<State, T> ? 32 : 16;
constexpr std::int64_t columnBlock = 256;

template<class Reducer, class T>
typename Reducer::State reduceRow(typename Reducer::State state, const T* row, std::int64_t n)
{
    using State = typename Reducer::State;
    constexpr std::int64_t laneCount = lanesFor<State, T>;
    if (n >= 2 * laneCount) {
        State lanes[laneCount];
        for (State& lane : lanes)
            lane = Reducer::start();
        std::int64_t whole = n / laneCount * laneCount;
        for (std::int64_t i = 0; i < whole; i += laneCount)
            for (std::int64_t l = 0; l < laneCount; ++l)
                lanes[l] = Reducer::step(lanes[l], row[i + l]);
        for (const State& lane : lanes)
            state = Reducer::merge(state, lane);
        row += whole;
        n -= whole;
    }
    for (std::int64_t i = 0; i < n; ++i)
        state = Reducer::step(state, row[i]);
    return state;
}

// Results [begin, end) where the innermost group is reduced.
template<class Reducer, class T>
void reduceRows(const ReducePlan& plan, const T* in, T* out, std::int64_t begin, std::int64_t end)
{
    std::int64_t count = plan.elementsPerResult();
    for (std::int64_t result = begin; result < end; ++result) {
        const T* base = in + offsetOf(plan.kept, result);
        auto state = Reducer::start();
        for (std::int64_t r = 0; r < plan.reducedCount; ++r)
            state = reduceRow<Reducer>(state, base + offsetOf(plan.reduced, r), plan.rowLength);
        out[result] = Reducer::finish(state, count);
    }
}

// Blocks [begin, end) of neighbouring results where the innermost group is kept.
template<class Reducer, class T>
void reduceColumns(const ReducePlan& plan, const T* in, T* out, std::int64_t begin, std::int64_t end)
{
    std::int64_t blocks = (plan.rowLength + columnBlock - 1) / columnBlock;
    std::int64_t count = plan.elementsPerResult();
    typename Reducer::State states[columnBlock];
    for (std::int64_t item = begin; item < end; ++item) {
        std::int64_t column = item % blocks * columnBlock;
        std::int64_t width = std::min(columnBlock, plan.rowLength - column);
        const T* base = in + offsetOf(plan.kept, item / blocks) + column;
        std::fill_n(states, width, Reducer::start());
        for (std::int64_t r = 0; r < plan.reducedCount; ++r) {
            const T* row = base + offsetOf(plan.reduced, r);
            for (std::int64_t i = 0; i < width; ++i)
                states[i] = Reducer::step(states[i], row[i]);
        }
        T* results = out + item / blocks * plan.rowLength + column;
        for (std::int64_t i = 0; i < width; ++i)
            results[i] = Reducer::finish(states[i], count);
    }
}

template<class Reducer, class T>
void reduceAll(KernelContext& context, const ReducePlan& plan, const T* in, T* out)
{
    std::int64_t work = std::max<std::int64_t>(1, plan.elementsPerResult());
    if (plan.rowReduced) {
        context.parallelFor(
            plan.keptCount, std::max<std::int64_t>(1, elementwiseGrain / work),
            [&](std::int64_t begin, std::int64_t end) { reduceRows<Reducer>(plan, in, out, begin, end); });
        return;
    }
    std::int64_t blocks = (plan.rowLength + columnBlock - 1) / columnBlock;
    work *= std::min(columnBlock, std::max<std::int64_t>(1, plan.rowLength));
    context.parallelFor(
        plan.keptCount * blocks, std::max<std::int64_t>(1, elementwiseGrain / work),
        [&](std::int64_t begin, std::int64_t end) { reduceColumns<Reducer>(plan, in, out, begin, end); });
}

// --- the operator ---------------------------------------------------------------------------------------

// Axes are an attribute up to opset 17 (12 for ReduceSum), an input from then on.
struct ReduceArguments {
    bool axesAreInput = false;
    bool none = false; // no axes: keep every dim (noop_with_empty_axes)
    KeepDims keepDims = KeepDims::Yes;
    std::vector<std::int64_t> axes;

    explicit ReduceArguments(const graph::Node& node, std::int64_t opsetVersion)
        : axesAreInput(opsetVersion >= (node.opType == "ReduceSum" ? 13 : 18))
        , none(node.intAttribute("noop_with_empty_axes", 0) != 0)
        , keepDims(node.intAttribute("keepdims", 1) != 0 ? KeepDims::Yes : KeepDims::No)
    {
        if (!axesAreInput)
            axes = node.intsAttribute("axes");
    }

    std::vector<std::int64_t> resolve(std::vector<std::int64_t> given, std::size_t rank) const
    {
        if (given.empty() && !none) {
            given.resize(rank);
            std::iota(given.begin(), given.end(), 0);
        }
        return given;
    }
};

using ReduceTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint64_t, std::uint32_t>;
using ExtremumTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint64_t, std::uint32_t,
                               std::int8_t, std::uint8_t>;

DataType computeType(DataType type)
{
    // A bool is its byte; files may hold others than 0 and 1, whose maximum is as true.
    return isHalf(type) ? DataType::Float32 : type == DataType::Bool ? DataType::UInt8 : type;
}

template<template<class> class Reducer, class Types>
Result<void> runReduce(KernelContext& context, const ReduceArguments& arguments)
{
    const Tensor* in = TRY(requireInput(context, 0));
    std::vector<std::int64_t> axes = arguments.axes;
    if (arguments.axesAreInput && context.inputCount() > 1 && context.input(1) != nullptr)
        axes = TRY(context.input(1)->toInt64s());
    axes = arguments.resolve(std::move(axes), in->rank());
    ReducePlan plan = TRY(planReduce(in->dims(), axes, arguments.keepDims));
    DataType type = in->type();
    Tensor* out = TRY(context.output(0, type, plan.outputDims));
    const std::byte* from = in->bytes();
    std::byte* to = out->mutableBytes();
    if (isHalf(type)) {
        std::byte* wideIn = TRY(context.scratch(widenedBytes(type, in->elementCount())));
        to = TRY(context.scratch(widenedBytes(type, out->elementCount())));
        convertElements(type, from, DataType::Float32, wideIn, in->elementCount());
        from = wideIn;
    }
    TRY(dispatch(Types(), computeType(type), [&](auto tag) -> Result<void> {
        using T = typename decltype(tag)::type;
        reduceAll<Reducer<T>>(context, plan, reinterpret_cast<const T*>(from), reinterpret_cast<T*>(to));
        return {};
    }));
    if (isHalf(type))
        convertElements(DataType::Float32, to, type, out->mutableBytes(), out->elementCount());
    return {};
}

template<template<class> class Reducer, class Types>
Result<KernelPtr> makeReduce(const KernelInfo& info)
{
    DataType known = info.inputElement(0);
    if (known != DataType::Undefined)
        TRY(dispatch(Types(), computeType(known), [](auto) { return Result<void>(); }));
    ReduceArguments arguments(info.node, info.opsetVersion);
    return makeKernel(
        [arguments](KernelContext& context) { return runReduce<Reducer, Types>(context, arguments); },
        [](const RunSizes& sizes) {
            const graph::DataType type = sizes.inputs[0].type;
            return static_cast<std::int64_t>(widenedBytes(type, sizes.inputs[0].elements()) +
                                             widenedBytes(type, sizes.outputs[0].elements()));
        });
}

// The sum, product … of an integer vector of dims, as far as dims can say it.
void propagateShapeValue(InferContext& context, const std::vector<std::int64_t>& axes)
{
    DataType type = context.inputElement(0);
    auto elements = context.inputShapeValue(0);
    if (!elements || axes.size() != 1 || (type != DataType::Int64 && type != DataType::Int32))
        return;
    const std::string& op = context.node().opType;
    if (op != "ReduceProd" && op != "ReduceSum")
        return;
    Dim result(op == "ReduceProd" ? 1 : 0);
    for (const Dim& element : *elements)
        result = op == "ReduceProd" ? result * element : result + element;
    context.setOutputShapeValue(0, {result});
}

Result<void> inferReduce(InferContext& context)
{
    ReduceArguments arguments(context.node(), context.opsetVersion());
    const graph::Shape* shape = context.inputShape(0);
    DataType element = context.inputElement(0);
    std::optional<std::vector<std::int64_t>> axes = arguments.axes;
    if (arguments.axesAreInput && context.hasInput(1))
        axes = context.inputInts(1);
    if (shape == nullptr || (!axes && arguments.keepDims == KeepDims::No)) {
        context.setTensor(0, element, {});
        return {};
    }
    graph::Shape result;
    if (!axes) {
        result.dims.resize(shape->rank());
        context.setTensor(0, element, result);
        return {};
    }
    std::vector<std::int64_t> resolved = arguments.resolve(*axes, shape->rank());
    std::vector<bool> reduced = TRY(reducedDims(resolved, shape->rank()));
    for (std::size_t d = 0; d < shape->rank(); ++d)
        if (!reduced[d])
            result.dims.push_back(shape->dims[d]);
        else if (arguments.keepDims == KeepDims::Yes)
            result.dims.emplace_back(1);
    context.setTensor(0, element, result);
    if (shape->rank() == 1)
        propagateShapeValue(context, resolved);
    return {};
}

// One operation for each element read.
Cost reduceCost(const graph::Node& node, std::span<const TensorSize> inputs,
                std::span<const TensorSize> outputs)
{
    Cost cost = elementwiseCost(node, inputs, outputs);
    cost.flops = inputs.empty() ? 0 : static_cast<double>(inputs[0].elements());
    return cost;
}

OpSpec reduceSpec(std::string_view name, std::string_view doc, KernelFactory kernel)
{
    OpSpec spec;
    spec.name = name;
    spec.lastVersion = newestOpset;
    spec.doc = doc;
    spec.category = OpCategory::Reduction;
    spec.minInputs = 1;
    spec.maxInputs = 2;
    spec.infer = inferReduce;
    spec.kernel = kernel;
    spec.cost = reduceCost;
    return spec;
}

} // namespace

OpList reduce()
{
    return {
        reduceSpec("ReduceSum", "The sum over axes. ReduceSum-1, ReduceSum-11, ReduceSum-13.",
                   makeReduce<SumReducer, ReduceTypes>),
        reduceSpec("ReduceMean",
                   "The mean over axes. ReduceMean-1, ReduceMean-11, ReduceMean-13, ReduceMean-18.",
                   makeReduce<MeanReducer, ReduceTypes>),
        reduceSpec("ReduceProd",
                   "The product over axes. ReduceProd-1, ReduceProd-11, ReduceProd-13, ReduceProd-18.",
                   makeReduce<ProdReducer, ReduceTypes>),
        reduceSpec("ReduceMax",
                   "The greatest over axes. ReduceMax-1, ReduceMax-11, ReduceMax-12, ReduceMax-13, "
                   "ReduceMax-18, ReduceMax-20.",
                   makeReduce<MaxReducer, ExtremumTypes>),
        reduceSpec("ReduceMin",
                   "The smallest over axes. ReduceMin-1, ReduceMin-11, ReduceMin-12, ReduceMin-13, "
                   "ReduceMin-18, ReduceMin-20.",
                   makeReduce<MinReducer, ExtremumTypes>),
        reduceSpec("ReduceL1",
                   "The sum of absolute values over axes. ReduceL1-1, ReduceL1-11, ReduceL1-13, "
                   "ReduceL1-18.",
                   makeReduce<L1Reducer, ReduceTypes>),
        reduceSpec("ReduceL2",
                   "The root of the sum of squares over axes. ReduceL2-1, ReduceL2-11, ReduceL2-13, "
                   "ReduceL2-18.",
                   makeReduce<L2Reducer, ReduceTypes>),
        reduceSpec("ReduceSumSquare",
                   "The sum of squares over axes. ReduceSumSquare-1, ReduceSumSquare-11, "
                   "ReduceSumSquare-13, ReduceSumSquare-18.",
                   makeReduce<SumSquareReducer, ReduceTypes>),
        reduceSpec("ReduceLogSum",
                   "The logarithm of the sum over axes. ReduceLogSum-1, ReduceLogSum-11, "
                   "ReduceLogSum-13, ReduceLogSum-18.",
                   makeReduce<LogSumReducer, ReduceTypes>),
        reduceSpec("ReduceLogSumExp",
                   "The logarithm of the sum of exponentials over axes. ReduceLogSumExp-1, "
                   "ReduceLogSumExp-11, ReduceLogSumExp-13, ReduceLogSumExp-18.",
                   makeReduce<LogSumExpReducer, ReduceTypes>),
    };
}

} // namespace orrery::ops
