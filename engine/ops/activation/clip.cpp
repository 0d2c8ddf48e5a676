// SPDX-License-Identifier: Apache-2.0
//
// Clip. Up to opset 10 the bounds are attributes, from 11 on optional inputs. A NaN stays one; where min is
// above max the result is max.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"

#include <limits>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

template<class T>
struct Bounds {
    T low = std::numeric_limits<T>::has_infinity ? static_cast<T>(-std::numeric_limits<T>::infinity())
                                                 : std::numeric_limits<T>::lowest();
    T high = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::max();
};

// One element as T; T is float for the 16-bit floats.
template<class T>
Result<void> readBound(const Tensor* bound, DataType type, const char* name, T& into)
{
    if (bound == nullptr)
        return {};
    if (bound->type() != type || bound->elementCount() != 1)
        return Error{ErrorCode::RunFailed,
                     std::string("expected ") + name + " to be one element of type " +
                         std::string(graph::name(type)) + ", found " +
                         std::string(graph::name(bound->type())) + " " + graph::dimsText(bound->dims()),
                     {}};
    convertElements(type, bound->bytes(), graph::dataTypeOf<T>(), reinterpret_cast<std::byte*>(&into), 1);
    return {};
}

template<class T>
void clipRow(const T* in, T* out, std::int64_t n, Bounds<T> bounds)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
        T x = in[i];
        x = x < bounds.low ? bounds.low : x;
        out[i] = x > bounds.high ? bounds.high : x;
    }
}

constexpr std::int64_t blockLength = 512;

template<class T>
void clip(KernelContext& context, const Tensor& in, Tensor& out, Bounds<T> bounds)
{
    DataType type = in.type();
    std::size_t size = graph::elementBytes(type);
    context.parallelFor(in.elementCount(), elementwiseGrain, [&](std::int64_t begin, std::int64_t end) {
        if (!isHalf(type)) {
            clipRow(reinterpret_cast<const T*>(in.bytes()) + begin,
                    reinterpret_cast<T*>(out.mutableBytes()) + begin, end - begin, bounds);
            return;
        }
        T block[blockLength];
        auto* bytes = reinterpret_cast<std::byte*>(block);
        for (std::int64_t at = begin; at < end; at += blockLength) {
            std::int64_t n = std::min(blockLength, end - at);
            std::size_t offset = static_cast<std::size_t>(at) * size;
            convertElements(type, in.bytes() + offset, graph::dataTypeOf<T>(), bytes, n);
            clipRow(block, block, n, bounds);
            convertElements(graph::dataTypeOf<T>(), bytes, type, out.mutableBytes() + offset, n);
        }
    });
}

Result<KernelPtr> makeClip(const KernelInfo& info)
{
    DataType known = info.inputElement(0);
    TRY(requireType(known, isConvertible(known) && known != DataType::Bool));
    bool byAttributes = info.opsetVersion < 11;
    float low = info.node.floatAttribute("min", -std::numeric_limits<float>::infinity());
    float high = info.node.floatAttribute("max", std::numeric_limits<float>::infinity());
    return makeKernel([byAttributes, low, high](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        Tensor* out = TRY(context.output(0, in->type(), in->dims()));
        DataType type = in->type();
        return dispatch(NumberTypes(), isHalf(type) ? DataType::Float32 : type,
                        [&](auto tag) -> Result<void> {
                            using T = typename decltype(tag)::type;
                            Bounds<T> bounds;
                            if (byAttributes && std::is_floating_point_v<T>) {
                                bounds.low = static_cast<T>(low);
                                bounds.high = static_cast<T>(high);
                            } else if (!byAttributes) {
                                TRY(readBound(context.inputCount() > 1 ? context.input(1) : nullptr, type,
                                              "min", bounds.low));
                                TRY(readBound(context.inputCount() > 2 ? context.input(2) : nullptr, type,
                                              "max", bounds.high));
                            }
                            clip(context, *in, *out, bounds);
                            return {};
                        });
    });
}

} // namespace

OpList clip()
{
    OpSpec spec =
        unarySpec("Clip", OpCategory::Activation, 1,
                  "The value, kept within min and max. Clip-1, Clip-6, Clip-11, Clip-12, Clip-13.", makeClip);
    spec.maxInputs = 3;
    return {spec};
}

} // namespace orrery::ops
