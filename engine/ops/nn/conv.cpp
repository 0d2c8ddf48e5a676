// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/kernel_choices.h"
#include "engine/ops/nn/convolution.h"
#include "engine/ops/op_spec.h"

namespace orrery::ops {
namespace {

Result<void> infer(InferContext& context)
{
    auto shape = TRY(inferConvolution(context.node(), context.inputShape(0), context.inputShape(1)));
    context.setTensor(0, context.inputElement(0), std::move(shape));
    return {};
}

// The attributes that do not depend on types.
struct Settings {
    WindowAttributes window;
    std::int64_t groups = 1;
    ConvolutionWay way = ConvolutionWay::Direct;
    Activation activation;

    Result<Convolution> of(const graph::Dims& input, const graph::Dims& weight) const
    {
        Convolution convolution = TRY(convolutionOf(window, groups, input, weight));
        convolution.way = way;
        return convolution;
    }
};

template<class T>
Result<void> run(KernelContext& context, const Settings& settings)
{
    const graph::Tensor& input = *context.input(0);
    const graph::Tensor& weight = *context.input(1);
    const graph::Tensor* bias = context.input(2);
    const Convolution convolution = TRY(settings.of(input.dims(), weight.dims()));
    if (bias != nullptr)
        TRY(expectDims(*bias, {convolution.filters}, "a bias"));
    graph::Tensor* output = TRY(context.output(0, input.type(), convolution.outputDims()));
    if (output->elementCount() == 0)
        return {};
    return convolve(context, convolution, input.data<T>(), weight.data<T>(),
                    bias == nullptr ? nullptr : bias->data<T>(), output->mutableData<T>(),
                    settings.activation);
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    TRY(expectElement(info, info.inputElement(0), {1, 2}));
    const Settings settings{TRY(parseWindow(info.node)), TRY(parseGroups(info.node)),
                            chosenKernel(info.node) == productKernel ? ConvolutionWay::Product
                                                                     : ConvolutionWay::Direct,
                            TRY(parseActivation(info.node))};
    return dispatch(FloatTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        using T = typename decltype(tag)::type;
        return makeKernel([settings](KernelContext& context) { return run<T>(context, settings); },
                          [settings](const RunSizes& sizes) -> std::int64_t {
                              auto convolution = settings.of(sizes.inputs[0].dims, sizes.inputs[1].dims);
                              return convolution.ok() && sizes.outputs[0].elements() != 0
                                         ? scratchBytes(*convolution, sizeof(T), sizes.threads)
                                         : 0;
                          });
    });
}

// Every output element: a multiplication and an addition for each element of its filter.
Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (inputs.size() < 2 || inputs[1].dims.empty() || inputs[1].dims[0] == 0 || outputs.empty())
        return result;
    const auto elements = static_cast<double>(outputs[0].elements());
    result.flops =
        2.0 * elements * static_cast<double>(inputs[1].elements()) / static_cast<double>(inputs[1].dims[0]);
    if (inputs.size() > 2 && !inputs[2].dims.empty())
        result.flops += elements;
    if (node.attribute("activation") != nullptr)
        result.flops += elements;
    return result;
}

OpSpec baseSpec()
{
    OpSpec spec;
    spec.category = OpCategory::Convolution;
    spec.minInputs = 2;
    spec.maxInputs = 3;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return spec;
}

} // namespace

OpList conv()
{
    OpSpec plain = baseSpec();
    plain.name = "Conv";
    plain.firstVersion = 1;
    plain.lastVersion = 23;
    plain.doc = "Convolution over 1 to 3 spatial dims with groups, strides, dilations and pads. Conv-1, "
                "Conv-11, Conv-22.";
    OpSpec fused = baseSpec();
    fused.domain = "orrery";
    fused.name = "FusedConv";
    fused.doc = "Conv whose result goes through an activation (attributes activation, activation_params). "
                "orrery.FusedConv-1.";
    return {plain, fused};
}

} // namespace orrery::ops
