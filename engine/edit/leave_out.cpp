// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/leave_out.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::edit {
namespace {

using graph::Graph;
using graph::Node;
using graph::Region;
using graph::Value;

constexpr std::string_view keptMark = "(kept as it is: ";

void leaveOutOf(Node& node, const std::function<bool(const graph::Tensor&)>& isWritten, LeftOut& out)
{
    for (graph::Attribute& attribute : node.attributes)
        if (auto* tensor = std::get_if<graph::Tensor>(&attribute.value); tensor && !isWritten(*tensor)) {
            ++out.tensors;
            out.bytes += static_cast<std::int64_t>(tensor->byteSize());
            const std::string type =
                graph::ValueType::tensor(tensor->type(), graph::Shape::of(tensor->dims())).text();
            attribute.value = fmt::format("{}{})", keptMark, type);
            attribute.extra.clear();
        }
}

} // namespace

bool isKeptMark(const graph::AttributeValue& value)
{
    auto* text = std::get_if<std::string>(&value);
    return text != nullptr && text->starts_with(keptMark);
}

LeftOut leaveOut(graph::Model& model, LeftOutAs how,
                 const std::function<bool(const graph::Tensor&)>& isWritten)
{
    LeftOut out;
    Graph& graph = model.graph;
    const RegionId main = graph.mainRegion();
    auto asInput = [&](ValueId id) {
        Value& value = graph.value(id);
        if (value.region != main) { // a body's constant: the name may be another's in the main graph
            value.name += fmt::format("_{}", id.value);
            value.region = main;
        }
        auto& inputs = graph.main().inputs;
        if (std::find(inputs.begin(), inputs.end(), id) == inputs.end())
            inputs.push_back(id);
    };
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        Value& value = graph.value(ValueId(i));
        if (!value.alive || !value.initializer || isWritten(value.initializer->tensor))
            continue;
        ++out.tensors;
        out.bytes += static_cast<std::int64_t>(value.initializer->tensor.byteSize());
        value.type = graph::ValueType::tensor(value.initializer->tensor.type(),
                                              graph::Shape::of(value.initializer->tensor.dims()));
        value.initializer.reset();
        Region& region = graph.region(value.region);
        std::erase(region.initializers, value.id);
        std::erase(region.valueInfos, value.id);
        if (how == LeftOutAs::Inputs)
            asInput(value.id);
        else if (std::find(region.inputs.begin(), region.inputs.end(), value.id) == region.inputs.end())
            region.valueInfos.push_back(value.id);
    }
    for (NodeId id : graph.liveNodes()) {
        Node& node = graph.node(id);
        const graph::Tensor* tensor = node.opType == "Constant" ? node.tensorAttribute("value") : nullptr;
        if (how == LeftOutAs::Inputs && tensor != nullptr && !isWritten(*tensor) &&
            node.outputs.size() == 1) {
            ++out.tensors;
            out.bytes += static_cast<std::int64_t>(tensor->byteSize());
            graph.value(node.outputs[0]).type =
                graph::ValueType::tensor(tensor->type(), graph::Shape::of(tensor->dims()));
            const ValueId output = node.outputs[0];
            graph.removeNode(id);
            asInput(output);
        } else {
            leaveOutOf(node, isWritten, out);
        }
    }
    for (graph::Function& function : model.functions)
        for (NodeId id : function.body.liveNodes())
            leaveOutOf(function.body.node(id), isWritten, out);
    return out;
}

} // namespace orrery::edit
