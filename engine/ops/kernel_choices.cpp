// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/kernel_choices.h"

#include <algorithm>

namespace orrery::ops {

std::vector<std::string_view> kernelChoices(const graph::Graph& graph, const graph::Node& node)
{
    const bool isConv = (node.opType == "Conv" && (node.domain.empty() || node.domain == "ai.onnx")) ||
                        (node.opType == "FusedConv" && node.domain == "orrery");
    if (!isConv || node.intAttribute("group", 1) < 2 || node.inputs.size() < 2 || !node.inputs[1].valid())
        return {};
    const auto& weight = graph.value(node.inputs[1]).type.shape;
    const bool isDepthwise =
        weight && weight->rank() > 1 && weight->dims[1].isKnown() && weight->dims[1].value() == 1;
    return isDepthwise ? std::vector{directKernel, productKernel} : std::vector<std::string_view>();
}

std::string_view chosenKernel(const graph::Node& node)
{
    const auto at = std::find_if(node.metadata.begin(), node.metadata.end(),
                                 [](const auto& entry) { return entry.first == kernelKey; });
    return at == node.metadata.end() ? std::string_view() : std::string_view(at->second);
}

} // namespace orrery::ops
