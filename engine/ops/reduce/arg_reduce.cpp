// SPDX-License-Identifier: Apache-2.0
//
// ArgMax and ArgMin: where along an axis the greatest or smallest element is. A NaN counts as it, the first
// one, or the last with select_last_index.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Dim;
using graph::Tensor;

enum class Seek { Greatest, Smallest };
enum class Ties { First, Last };

struct ArgArguments {
    std::int64_t axis = 0;
    bool keepDims = true;
    Ties ties = Ties::First;

    explicit ArgArguments(const graph::Node& node)
        : axis(node.intAttribute("axis", 0))
        , keepDims(node.intAttribute("keepdims", 1) != 0)
        , ties(node.intAttribute("select_last_index", 0) != 0 ? Ties::Last : Ties::First)
    {}
};

template<Seek seek, class T>
bool replaces(T candidate, T best, Ties ties)
{
    // Without branches; comparisons with NaN are false.
    bool better = seek == Seek::Greatest ? candidate > best : candidate < best;
    bool candidateNan = candidate != candidate;
    bool bestNan = best != best;
    bool equal = (candidate == best) | (candidateNan & bestNan);
    return better | (candidateNan & !bestNan) | ((ties == Ties::Last) & equal);
}

// A line of neighbouring elements.
template<Seek seek, class T>
std::int64_t seekLine(const T* line, std::int64_t length, Ties ties)
{
    std::int64_t at = 0;
    T best = line[0];
    for (std::int64_t i = 1; i < length; ++i) {
        if (replaces<seek>(line[i], best, ties)) {
            best = line[i];
            at = i;
        }
    }
    return at;
}

// `width` lines side by side, each of `length` elements that are `stride` apart: read row by row.
constexpr std::int64_t columnBlock = 256;
template<Seek seek, class T>
void seekColumns(const T* first, std::int64_t length, std::int64_t stride, std::int64_t width, Ties ties,
                 std::int64_t* results)
{
    T best[columnBlock];
    std::copy_n(first, width, best);
    std::fill_n(results, width, 0);
    for (std::int64_t i = 1; i < length; ++i) {
        const T* row = first + i * stride;
        for (std::int64_t c = 0; c < width; ++c) {
            bool better = replaces<seek>(row[c], best[c], ties);
            best[c] = better ? row[c] : best[c];
            results[c] = better ? i : results[c];
        }
    }
}

// Results [begin, end); the lines of one outer position lie `inner` elements side by side.
template<Seek seek, class T>
void seekResults(const T* values, std::int64_t length, std::int64_t inner, std::int64_t begin,
                 std::int64_t end, Ties ties, std::int64_t* results)
{
    while (begin < end) {
        std::int64_t column = begin % inner;
        const T* first = values + begin / inner * inner * length + column;
        std::int64_t width = std::min({inner - column, end - begin, columnBlock});
        if (inner == 1)
            results[begin] = seekLine<seek>(first, length, ties);
        else
            seekColumns<seek>(first, length, inner, width, ties, results + begin);
        begin += width;
    }
}

template<Seek seek>
Result<void> runArg(KernelContext& context, const ArgArguments& arguments)
{
    const Tensor* in = TRY(requireInput(context, 0));
    // A scalar is a line of one.
    graph::Dims dims = in->rank() == 0 ? graph::Dims{1} : in->dims();
    auto axis = static_cast<std::size_t>(TRY(normalizeAxis(arguments.axis, dims.size())));
    std::int64_t length = dims[axis];
    std::int64_t inner = 1;
    for (std::size_t d = axis + 1; d < dims.size(); ++d)
        inner *= dims[d];
    graph::Dims outputDims = in->dims();
    if (!outputDims.empty() && arguments.keepDims)
        outputDims[axis] = 1;
    else if (!outputDims.empty())
        outputDims.erase(outputDims.begin() + static_cast<std::ptrdiff_t>(axis));
    Tensor* out = TRY(context.output(0, DataType::Int64, outputDims));
    if (out->elementCount() == 0)
        return {};
    if (length == 0)
        return Error{ErrorCode::RunFailed,
                     "expected at least one element along axis " + std::to_string(arguments.axis) + " of " +
                         graph::dimsText(in->dims()) + ", found none",
                     {}};
    const std::byte* from = in->bytes();
    DataType type = in->type();
    if (isHalf(type)) {
        std::byte* wide = TRY(context.scratch(widenedBytes(type, in->elementCount())));
        convertElements(type, from, DataType::Float32, wide, in->elementCount());
        from = wide;
        type = DataType::Float32;
    }
    std::int64_t* results = out->mutableData<std::int64_t>();
    return dispatch(NumberTypes(), type, [&](auto tag) -> Result<void> {
        using T = typename decltype(tag)::type;
        auto* values = reinterpret_cast<const T*>(from);
        std::int64_t grain = std::max<std::int64_t>(1, elementwiseGrain / length);
        context.parallelFor(out->elementCount(), grain, [&](std::int64_t begin, std::int64_t end) {
            seekResults<seek>(values, length, inner, begin, end, arguments.ties, results);
        });
        return {};
    });
}

Result<void> inferArg(InferContext& context)
{
    ArgArguments arguments(context.node());
    const graph::Shape* shape = context.inputShape(0);
    std::optional<graph::Shape> result;
    if (shape != nullptr) {
        std::int64_t axis = TRY(normalizeAxis(arguments.axis, std::max<std::size_t>(1, shape->rank())));
        result = *shape;
        if (shape->rank() > 0 && arguments.keepDims)
            result->dims[static_cast<std::size_t>(axis)] = Dim(1);
        else if (shape->rank() > 0)
            result->dims.erase(result->dims.begin() + axis);
    }
    context.setTensor(0, DataType::Int64, std::move(result));
    return {};
}

template<Seek seek>
Result<KernelPtr> makeArg(const KernelInfo& info)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, isConvertible(known) && known != DataType::Bool));
    ArgArguments arguments(info.node);
    return makeKernel([arguments](KernelContext& context) { return runArg<seek>(context, arguments); },
                      [](const RunSizes& sizes) -> std::int64_t {
                          const TensorSize& input = sizes.inputs[0];
                          return sizes.outputs[0].elements() == 0
                                     ? 0
                                     : static_cast<std::int64_t>(widenedBytes(input.type, input.elements()));
                      });
}

OpSpec argSpec(std::string_view name, std::string_view doc, KernelFactory kernel)
{
    OpSpec spec = unarySpec(name, OpCategory::Reduction, 1, doc, kernel);
    spec.infer = inferArg;
    spec.inPlace.clear();
    spec.cost = [](const graph::Node& node, std::span<const TensorSize> inputs,
                   std::span<const TensorSize> outputs) {
        Cost cost = elementwiseCost(node, inputs, outputs);
        cost.flops = inputs.empty() ? 0 : static_cast<double>(inputs[0].elements());
        return cost;
    };
    return spec;
}

} // namespace

OpList arg_reduce()
{
    return {
        argSpec("ArgMax",
                "Where along an axis the greatest element is. ArgMax-1, ArgMax-11, ArgMax-12, ArgMax-13.",
                makeArg<Seek::Greatest>),
        argSpec("ArgMin",
                "Where along an axis the smallest element is. ArgMin-1, ArgMin-11, ArgMin-12, ArgMin-13.",
                makeArg<Seek::Smallest>),
    };
}

} // namespace orrery::ops
