// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/math/elementwise.h"

#include <cstring>

namespace orrery::ops {
namespace {

Result<void> inferIdentity(InferContext& context)
{
    context.setSameAsInput(0, 0);
    if (auto elements = context.inputShapeValue(0))
        context.setOutputShapeValue(0, *elements);
    return {};
}

Result<KernelPtr> makeIdentity(const KernelInfo& info)
{
    if (!info.inputs.empty() && info.inputs[0].kind != graph::TypeKind::Tensor &&
        info.inputs[0].kind != graph::TypeKind::Unknown)
        return Error{
            ErrorCode::Unsupported, "Identity of " + info.inputs[0].text() + " is not implemented", {}};
    return makeKernel([](KernelContext& context) -> Result<void> {
        const graph::Tensor* in = TRY(requireInput(context, 0));
        graph::Tensor* out = TRY(context.output(0, in->type(), in->dims()));
        if (in->type() == graph::DataType::String)
            out->mutableStrings() = in->strings();
        else if (out->bytes() != in->bytes() && in->byteSize() != 0)
            std::memcpy(out->mutableBytes(), in->bytes(), in->byteSize());
        return {};
    });
}

} // namespace

OpList identity()
{
    OpSpec spec = unarySpec("Identity", OpCategory::Tensor, 1,
                            "The tensor itself. Identity-1, Identity-13, Identity-14, Identity-16, "
                            "Identity-19, Identity-21, Identity-23; tensors only.",
                            makeIdentity);
    spec.infer = inferIdentity;
    spec.cost = copyCost;
    return {spec};
}

} // namespace orrery::ops
