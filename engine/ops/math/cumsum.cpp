// SPDX-License-Identifier: Apache-2.0
//
// CumSum: running sums along one axis, whose number is the second input.
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;
using CumSumTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint64_t, std::uint32_t>;

struct Direction {
    bool exclusive = false; // element i is the sum of those before it
    bool reverse = false;   // from the end
};

// One line of `length` elements, `stride` apart.
template<class T>
void accumulate(const T* in, T* out, std::int64_t length, std::int64_t stride, Direction direction)
{
    T sum = T(0);
    for (std::int64_t i = 0; i < length; ++i) {
        std::int64_t at = (direction.reverse ? length - 1 - i : i) * stride;
        T value = in[at];
        T next = plus(sum, value);
        out[at] = direction.exclusive ? sum : next;
        sum = next;
    }
}

Result<std::int64_t> axisOf(const Tensor& tensor, std::size_t rank)
{
    std::vector<std::int64_t> values = TRY(tensor.toInt64s());
    if (values.size() != 1)
        return Error{ErrorCode::RunFailed,
                     "expected one axis, found a tensor of shape " + graph::dimsText(tensor.dims()),
                     {}};
    return normalizeAxis(values[0], rank);
}

template<class T>
Result<void> runCumSum(KernelContext& context, const Tensor& in, Direction direction)
{
    const Tensor* axisInput = TRY(requireInput(context, 1));
    std::int64_t axis = TRY(axisOf(*axisInput, in.rank()));
    Tensor* out = TRY(context.output(0, in.type(), in.dims()));
    if (in.elementCount() == 0)
        return {};
    auto at = static_cast<std::size_t>(axis);
    std::int64_t length = in.dims()[at];
    std::int64_t inner = 1;
    for (std::size_t d = at + 1; d < in.rank(); ++d)
        inner *= in.dims()[d];
    const T* from = in.data<T>();
    T* to = out->mutableData<T>();
    std::int64_t lines = in.elementCount() / length;
    std::int64_t grain = std::max<std::int64_t>(1, elementwiseGrain / length);
    context.parallelFor(lines, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t line = begin; line < end; ++line) {
            std::int64_t start = line / inner * inner * length + line % inner;
            accumulate(from + start, to + start, length, inner, direction);
        }
    });
    return {};
}

Result<void> inferCumSum(InferContext& context)
{
    if (const graph::Shape* shape = context.inputShape(0))
        if (auto axis = context.inputInts(1); axis && axis->size() == 1)
            TRY(normalizeAxis(axis->front(), shape->rank()));
    context.setSameAsInput(0, 0);
    return {};
}

Result<KernelPtr> makeCumSum(const KernelInfo& info)
{
    if (info.inputElement(0) != DataType::Undefined)
        TRY(dispatch(CumSumTypes(), info.inputElement(0), [](auto) { return Result<void>(); }));
    Direction direction{info.node.intAttribute("exclusive", 0) != 0,
                        info.node.intAttribute("reverse", 0) != 0};
    return makeKernel([direction](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        return dispatch(CumSumTypes(), in->type(), [&](auto tag) {
            return runCumSum<typename decltype(tag)::type>(context, *in, direction);
        });
    });
}

} // namespace

OpList cumsum()
{
    OpSpec spec = unarySpec("CumSum", OpCategory::Elementwise, 11,
                            "Running sums along an axis. CumSum-11, CumSum-14.", makeCumSum);
    spec.firstVersion = 11;
    spec.minInputs = spec.maxInputs = 2;
    spec.infer = inferCumSum;
    return {spec};
}

} // namespace orrery::ops
