// SPDX-License-Identifier: Apache-2.0
//
// Dropout. In inference it copies. In training (from opset 12 on, by its third input) each element is kept
// and divided by 1 - ratio, or becomes zero, by one uniform draw. With the attribute `seed` every run draws
// the same: a Mersenne twister gives 53-bit fractions, two words each, as ONNX's reference implementation
// does. Without it the draws begin at the run's random state.
#include "engine/ops/dispatch.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <random>

namespace orrery::ops {
namespace {

struct Attributes {
    std::optional<std::uint32_t> seed;
    graph::DataType mask = graph::DataType::Bool;
};

// Before opset 10 the mask has the input's type.
graph::DataType maskType(std::int64_t version, graph::DataType input)
{
    return version < 10 ? input : graph::DataType::Bool;
}

Result<void> infer(InferContext& context)
{
    context.setSameAsInput(0, 0);
    const graph::Shape* shape = context.inputShape(0);
    context.setTensor(1, maskType(context.opsetVersion(), context.inputElement(0)),
                      shape == nullptr ? std::nullopt : std::optional(*shape));
    return {};
}

Result<bool> trainingMode(const graph::Tensor* flag)
{
    if (flag == nullptr)
        return false;
    if (flag->type() != graph::DataType::Bool || flag->elementCount() != 1)
        return badInput(fmt::format("expected training_mode to be one bool, found {} {}",
                                    graph::name(flag->type()), graph::dimsText(flag->dims())));
    return *flag->bytes() != std::byte(0);
}

Result<double> ratioOf(const graph::Tensor* ratio)
{
    if (ratio == nullptr)
        return 0.5;
    auto values = TRY(ratio->toDoubles());
    if (values.size() != 1 || !(values[0] >= 0 && values[0] < 1))
        return badInput(
            fmt::format("expected ratio to be one number in [0, 1), found {}",
                        values.size() == 1 ? std::to_string(values[0]) : graph::dimsText(ratio->dims())));
    return values[0];
}

template<class T>
Result<void> run(KernelContext& context, const Attributes& attributes)
{
    const graph::Tensor& input = *context.input(0);
    const bool training = TRY(trainingMode(context.input(2)));
    const double ratio = TRY(ratioOf(context.input(1)));
    graph::Tensor* output = TRY(context.output(0, input.type(), input.dims()));
    graph::Tensor* mask =
        context.wantsOutput(1) ? TRY(context.output(1, attributes.mask, input.dims())) : nullptr;
    const std::int64_t n = input.elementCount();
    const T* in = input.data<T>();
    T* out = output->mutableData<T>();
    auto setMask = [&](std::int64_t i, bool kept) {
        if (mask == nullptr)
            return;
        if (attributes.mask == graph::DataType::Bool)
            mask->mutableBytes()[i] = std::byte(kept);
        else
            mask->mutableData<T>()[i] = kept ? T(1) : T(0);
    };
    if (!training || ratio == 0) {
        if (in != out && n != 0)
            std::memcpy(out, in, static_cast<std::size_t>(n) * sizeof(T));
        for (std::int64_t i = 0; i < n; ++i)
            setMask(i, true);
        return {};
    }
    std::mt19937 generator(attributes.seed ? *attributes.seed
                                           : static_cast<std::uint32_t>(context.nextRandom()));
    const T scale = static_cast<T>(1 / (1 - ratio));
    for (std::int64_t i = 0; i < n; ++i) {
        const double high = static_cast<double>(generator() >> 5);
        const double low = static_cast<double>(generator() >> 6);
        const bool kept = (high * 67108864.0 + low) / 9007199254740992.0 >= ratio;
        out[i] = kept ? in[i] * scale : T(0);
        setMask(i, kept);
    }
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Attributes attributes;
    if (info.node.attribute("seed") != nullptr)
        attributes.seed = static_cast<std::uint32_t>(info.node.intAttribute("seed", 0));
    attributes.mask = maskType(info.opsetVersion, info.inputElement(0));
    if (info.opsetVersion < 7 && info.node.intAttribute("is_test", 0) == 0)
        return Error{
            ErrorCode::Unsupported, "Dropout before opset 7 is implemented with is_test = 1 only", {}};
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([attributes](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, attributes);
        });
    });
}

} // namespace

OpList dropout()
{
    OpSpec spec;
    spec.name = "Dropout";
    spec.lastVersion = 23;
    spec.doc = "Copies in inference; in training zeroes elements at random and scales the others. Dropout-1, "
               "Dropout-6, "
               "Dropout-7, Dropout-10, Dropout-12, Dropout-13, Dropout-22.";
    spec.category = OpCategory::Other;
    spec.minInputs = 1;
    spec.maxInputs = 3;
    spec.maxOutputs = 2;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.inPlace = {{0, 0}};
    spec.purity = Purity::Random;
    return {spec};
}

} // namespace orrery::ops
