// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/activation.h"
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/gemm.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;
using GemmTypes = TypeList<float, double, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;

struct GemmAttributes {
    Layout layoutA = Layout::AsIs;
    Layout layoutB = Layout::AsIs;
    float alpha = 1;
    float beta = 1;
    Activation activation;
};

Layout layoutOf(const graph::Node& node, std::string_view attribute)
{
    return node.intAttribute(attribute, 0) != 0 ? Layout::Transposed : Layout::AsIs;
}

// {rows, columns} of op(stored).
std::pair<Dim, Dim> sidesOf(const Shape& stored, Layout layout)
{
    return layout == Layout::AsIs ? std::pair(stored.dims[0], stored.dims[1])
                                  : std::pair(stored.dims[1], stored.dims[0]);
}

Result<Shape> resultShape(const Shape& a, const Shape& b, const Shape* c, Layout layoutA, Layout layoutB)
{
    if (a.rank() != 2 || b.rank() != 2)
        return badInput(fmt::format("expected matrices A and B, found {} and {}", a.text(), b.text()));
    auto [m, depth] = sidesOf(a, layoutA);
    auto [height, n] = sidesOf(b, layoutB);
    if (!mayBeEqual(depth, height))
        return badInput(fmt::format("cannot multiply A of {}{} by B of {}{}: {} columns against {} rows",
                                    a.text(), layoutA == Layout::Transposed ? " (transposed)" : "", b.text(),
                                    layoutB == Layout::Transposed ? " (transposed)" : "", depth.text(),
                                    height.text()));
    Shape result({m, n});
    if (c == nullptr)
        return result;
    bool fits = c->rank() <= 2;
    for (std::size_t i = 0; fits && i < c->rank(); ++i) {
        const Dim& dim = c->dims[c->rank() - 1 - i];
        fits = (dim.isKnown() && dim.value() == 1) || mayBeEqual(dim, result.dims[1 - i]);
    }
    if (!fits)
        return badInput(fmt::format("expected C that broadcasts to {}, found {}", result.text(), c->text()));
    return result;
}

Result<void> infer(InferContext& context)
{
    const Shape* a = context.inputShape(0);
    const Shape* b = context.inputShape(1);
    std::optional<Shape> shape;
    if (a != nullptr && b != nullptr)
        shape = TRY(resultShape(*a, *b, context.inputShape(2), layoutOf(context.node(), "transA"),
                                layoutOf(context.node(), "transB")));
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

// out (m×n) = beta · C, broadcast.
template<class T>
void spread(const Dims& dims, const T* from, T beta, T* out, std::int64_t m, std::int64_t n)
{
    const std::int64_t columns = dims.empty() ? 1 : dims.back();
    const std::int64_t rows = dims.size() < 2 ? 1 : dims[0];
    for (std::int64_t i = 0; i < m; ++i) {
        const T* row = from + (rows == 1 ? 0 : i * columns);
        if (columns == 1)
            std::fill_n(out + i * n, n, beta * row[0]);
        else
            std::transform(row, row + n, out + i * n, [beta](T value) { return beta * value; });
    }
}

// For integers, alpha and beta are whole (kernel() sees to it) and negative ones wrap.
template<class T>
T scalar(float value)
{
    if constexpr (std::is_floating_point_v<T>)
        return value;
    else
        return static_cast<T>(static_cast<std::int64_t>(value));
}

template<class T>
Result<void> run(const GemmAttributes& attributes, KernelContext& context)
{
    const graph::Tensor& a = *context.input(0);
    const graph::Tensor& b = *context.input(1);
    const graph::Tensor* c = context.input(2);
    Shape shapeC = c == nullptr ? Shape() : Shape::of(c->dims());
    Shape shape = TRY(resultShape(Shape::of(a.dims()), Shape::of(b.dims()), c == nullptr ? nullptr : &shapeC,
                                  attributes.layoutA, attributes.layoutB));
    const Dims dims = *shape.concrete();
    graph::Tensor* out = TRY(context.output(0, a.type(), dims));
    if (out->elementCount() == 0)
        return {};
    using U = Unsigned<T>;
    U* result = asUnsigned(out->mutableData<T>());
    const ProductSize size{dims[0], dims[1], a.dims()[attributes.layoutA == Layout::AsIs ? 1 : 0]};
    if (c != nullptr)
        spread(c->dims(), asUnsigned(c->data<T>()), scalar<U>(attributes.beta), result, size.m, size.n);
    parallelMatrixProduct<U>(context, size, {asUnsigned(a.data<T>()), a.dims()[1], attributes.layoutA},
                             {asUnsigned(b.data<T>()), b.dims()[1], attributes.layoutB}, result, size.n,
                             c != nullptr ? Into::Add : Into::Overwrite, scalar<U>(attributes.alpha));
    if constexpr (std::is_floating_point_v<T>) {
        if (attributes.activation.kind != Activation::Kind::None)
            context.parallelFor(out->elementCount(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
                apply(attributes.activation, result + begin, end - begin);
            });
    }
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2}));
    GemmAttributes attributes;
    attributes.layoutA = layoutOf(info.node, "transA");
    attributes.layoutB = layoutOf(info.node, "transB");
    attributes.alpha = info.node.floatAttribute("alpha", 1.0F);
    attributes.beta = info.node.floatAttribute("beta", 1.0F);
    attributes.activation = TRY(parseActivation(info.node));
    const bool whole = attributes.alpha == std::trunc(attributes.alpha) &&
                       attributes.beta == std::trunc(attributes.beta) && std::abs(attributes.alpha) < 1e9F &&
                       std::abs(attributes.beta) < 1e9F;
    if (graph::isInteger(info.inputElement(0)) &&
        (!whole || attributes.activation.kind != Activation::Kind::None))
        return Error{ErrorCode::Unsupported,
                     "Gemm of integers is implemented for whole alpha and beta and without activation",
                     {}};
    return dispatch(GemmTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes](KernelContext& context) {
            return run<typename decltype(tag)::type>(attributes, context);
        });
    });
}

Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (inputs.empty() || inputs[0].dims.size() != 2 || outputs.empty())
        return result;
    const auto elements = static_cast<double>(outputs[0].elements());
    const auto depth = static_cast<double>(inputs[0].dims[layoutOf(node, "transA") == Layout::AsIs ? 1 : 0]);
    result.flops = 2.0 * elements * depth;
    if (inputs.size() > 2 && !inputs[2].dims.empty())
        result.flops += elements;
    if (node.attribute("activation") != nullptr)
        result.flops += elements;
    return result;
}

OpSpec baseSpec()
{
    OpSpec spec;
    spec.category = OpCategory::MatrixMath;
    spec.minInputs = 2;
    spec.maxInputs = 3;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return spec;
}

} // namespace

OpList gemm_op()
{
    OpSpec gemm = baseSpec();
    gemm.name = "Gemm";
    gemm.firstVersion = 1;
    gemm.lastVersion = 23;
    gemm.doc = "alpha · op(A) · op(B) + beta · C for matrices, C broadcast. Gemm-1, Gemm-6, Gemm-7, Gemm-9, "
               "Gemm-11, "
               "Gemm-13.";
    OpSpec fused = baseSpec();
    fused.domain = "orrery";
    fused.name = "FusedGemm";
    fused.doc = "Gemm whose result goes through an activation (attributes activation, activation_params). "
                "orrery.FusedGemm-1.";
    return {gemm, fused};
}

} // namespace orrery::ops
