// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/nn/pool.h"

#include "engine/ops/checks.h"

#include <fmt/format.h>

namespace orrery::ops {

using graph::Dim;
using graph::Shape;

Result<void> inferPool(InferContext& context)
{
    WindowAttributes attributes = TRY(parseWindow(context.node()));
    const Shape* input = context.inputShape(0);
    std::optional<Shape> shape;
    if (input != nullptr) {
        if (input->rank() < 3 || attributes.kernel.size() != input->rank() - 2)
            return badInput(
                fmt::format("expected an input N×C×… and a kernel_shape with a value for each spatial dim, "
                            "found {} and {} values",
                            input->text(), attributes.kernel.size()));
        shape.emplace(std::vector<Dim>{input->dims[0], input->dims[1]});
        for (std::size_t axis = 0; axis < attributes.kernel.size(); ++axis)
            shape->dims.push_back(
                TRY(windowOutput(attributes, axis, input->dims[axis + 2], attributes.kernel[axis])));
    }
    context.setTensor(0, context.inputElement(0), shape);
    if (context.hasOutput(1))
        context.setTensor(1, graph::DataType::Int64, shape);
    return {};
}

Result<Pool> poolOf(const WindowAttributes& attributes, const graph::Dims& input)
{
    if (input.size() < 3)
        return badInput(fmt::format("expected an input N×C×…, found {}", graph::dimsText(input)));
    Pool pool;
    pool.window = TRY(resolveWindow(attributes, std::span(input).subspan(2), attributes.kernel));
    pool.planes = productOf(input, 0, 2);
    pool.outputDims = {input[0], input[1]};
    appendOutputDims(pool.window, input.size() - 2, pool.outputDims);
    return pool;
}

Cost poolCost(const graph::Node& node, std::span<const TensorSize> inputs,
              std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    double taps = 1;
    for (std::int64_t k : node.intsAttribute("kernel_shape"))
        taps *= static_cast<double>(k);
    if (!outputs.empty())
        result.flops = taps * static_cast<double>(outputs[0].elements());
    return result;
}

} // namespace orrery::ops
