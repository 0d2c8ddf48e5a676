// SPDX-License-Identifier: Apache-2.0
//
// FusedAdd: Add and the activation that follows it, in one pass over memory. Made by passes, never in a file.
#include "engine/ops/activation.h"
#include "engine/ops/math/elementwise.h"
#include "engine/ops/math/integer_math.h"

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

constexpr std::int64_t blockLength = 2048; // elements that stay in the first cache between the two steps

template<class T>
void addAndActivate(KernelContext& context, const Activation& activation, const Broadcast& shape,
                    const Tensor& a, const Tensor& b, Tensor& out)
{
    Lanes lanes = lanesOf(shape);
    auto bytes = [](auto* values) { return reinterpret_cast<const std::byte*>(values); };
    T* result = out.mutableData<T>();
    context.parallelFor(shape.count(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        shape.forRows(begin, end, [&](std::int64_t at, const Broadcast::Offsets& from, std::int64_t n) {
            for (std::int64_t i = 0; i < n; i += blockLength) {
                std::int64_t length = std::min(blockLength, n - i);
                T* z = result + at + i;
                binaryRow<plus, T, T>(bytes(a.data<T>() + from[0] + i * shape.lane(0)),
                                      bytes(b.data<T>() + from[1] + i * shape.lane(1)),
                                      reinterpret_cast<std::byte*>(z), length, lanes);
                apply(activation, z, length);
            }
        });
    });
}

Result<KernelPtr> makeFusedAdd(const KernelInfo& info)
{
    Activation activation = TRY(parseActivation(info.node));
    DataType known = info.inputElement(0);
    TRY(requireType(known, known == DataType::Float32 || known == DataType::Float64));
    return makeKernel([activation](KernelContext& context) -> Result<void> {
        const Tensor* a = TRY(requireInput(context, 0));
        const Tensor* b = TRY(requireInput(context, 1));
        TRY(requireType(a->type(), a->type() == DataType::Float32 || a->type() == DataType::Float64));
        if (b->type() != a->type())
            return Error{ErrorCode::RunFailed,
                         "expected inputs of one element type, found " + std::string(name(a->type())) +
                             " and " + std::string(name(b->type())),
                         {}};
        Broadcast shape = TRY(Broadcast::create({&a->dims(), &b->dims()}));
        Tensor* out = TRY(context.output(0, a->type(), shape.dims()));
        if (a->type() == DataType::Float32)
            addAndActivate<float>(context, activation, shape, *a, *b, *out);
        else
            addAndActivate<double>(context, activation, shape, *a, *b, *out);
        return {};
    });
}

} // namespace

OpList fused_add()
{
    OpSpec spec =
        binarySpec("FusedAdd", OpCategory::Elementwise, 1,
                   "The sum, with broadcasting, and an activation of it. Internal, version 1.", makeFusedAdd);
    spec.domain = "orrery";
    spec.lastVersion = 1;
    return {spec};
}

} // namespace orrery::ops
