// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/clean_up.h"

#include "engine/edit/difference.h"

namespace orrery::edit {

GraphCounts countsOf(const graph::Graph& graph)
{
    GraphCounts counts;
    for (NodeId node : graph.liveNodes()) {
        ++counts.nodes;
        ++counts.byOperator[graph.node(node).opType];
        if (const graph::Tensor* tensor = graph.node(node).tensorAttribute("value"))
            counts.constantBytes += static_cast<std::int64_t>(tensor->byteSize());
    }
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && value.initializer) {
            const auto bytes = static_cast<std::int64_t>(value.initializer->tensor.byteSize());
            counts.constantBytes += bytes;
            if (value.initializer->external)
                counts.outsideBytes += bytes;
        }
    return counts;
}

Result<void> report(const Progress& progress, double done)
{
    if (progress && !progress(done))
        return Error{ErrorCode::Cancelled, "it was cancelled", {}};
    return {};
}

Result<CleanUp> cleanUpOf(const graph::Model& before, graph::Model after, std::string name,
                          std::vector<TouchedNode> touched)
{
    CleanUp result;
    result.edit = TRY(difference(before, after, std::move(name)));
    const auto* group = std::get_if<graph::Group>(&result.edit.kind);
    result.changes = group == nullptr || !group->edits.empty();
    result.before = countsOf(before.graph);
    result.afterwards = countsOf(after.graph);
    result.touched = std::move(touched);
    result.after = std::make_shared<const graph::Model>(std::move(after));
    return result;
}

TouchedNode touchedNode(const graph::Graph& graph, NodeId node, std::string kind, std::string what)
{
    return {std::move(kind), node, graph.node(node).displayName(), graph.node(node).opType, std::move(what)};
}

} // namespace orrery::edit
