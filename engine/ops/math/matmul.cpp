// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/gemm.h"
#include "engine/ops/math/batched_product.h"
#include "engine/ops/op_spec.h"

namespace orrery::ops {
namespace {

using graph::Shape;
using MatMulTypes = TypeList<float, double, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;

Result<void> infer(InferContext& context)
{
    auto shape = TRY(batchedProductShape(context.inputShape(0), context.inputShape(1)));
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

template<class T>
Result<void> run(KernelContext& context)
{
    const graph::Tensor& a = *context.input(0);
    const graph::Tensor& b = *context.input(1);
    Shape shapeA = Shape::of(a.dims());
    Shape shapeB = Shape::of(b.dims());
    auto shape = TRY(batchedProductShape(&shapeA, &shapeB));
    const graph::Dims dims = *shape->concrete();
    graph::Tensor* out = TRY(context.output(0, a.type(), dims));
    if (out->elementCount() != 0)
        batchedProduct<Unsigned<T>>(context, a.dims(), asUnsigned(a.data<T>()), b.dims(),
                                    asUnsigned(b.data<T>()), dims, asUnsigned(out->mutableData<T>()));
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1}));
    return dispatch(MatMulTypes(), info.inputElement(0), [](auto tag) -> Result<KernelPtr> {
        return makeKernel([](KernelContext& context) { return run<typename decltype(tag)::type>(context); });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (!inputs.empty() && !inputs[0].dims.empty() && !outputs.empty())
        result.flops =
            2.0 * static_cast<double>(outputs[0].elements()) * static_cast<double>(inputs[0].dims.back());
    return result;
}

} // namespace

OpList matmul()
{
    OpSpec spec;
    spec.name = "MatMul";
    spec.firstVersion = 1;
    spec.lastVersion = 23;
    spec.doc =
        "The matrix product of two tensors, batched over leading dims with broadcasting. MatMul-1, MatMul-9, "
        "MatMul-13.";
    spec.category = OpCategory::MatrixMath;
    spec.minInputs = 2;
    spec.maxInputs = 2;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return {spec};
}

} // namespace orrery::ops
