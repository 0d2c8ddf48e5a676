// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/simplify.h"

#include "engine/edit/difference.h"
#include "engine/passes/pass.h"

#include <algorithm>
#include <array>

namespace orrery::edit {
namespace {

constexpr std::array<std::string_view, 3> simplifying = {"remove_identity", "fold_constants", "remove_dead"};
constexpr int mostRounds = 16;

std::int64_t constantBytes(const graph::Graph& graph)
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && value.initializer)
            sum += static_cast<std::int64_t>(value.initializer->tensor.byteSize());
    return sum;
}

// Passes note where a node came from and what they learn of types; an edit of the user's model has neither.
void forgetNotes(const graph::Graph& before, graph::Graph& after)
{
    for (NodeId node : after.liveNodes())
        after.node(node).origins = before.contains(node) ? before.node(node).origins : std::vector<NodeId>();
    for (std::size_t i = 0; i < after.valueSlots(); ++i)
        if (before.contains(ValueId(i)) && after.contains(ValueId(i)))
            after.value(ValueId(i)).type = before.value(ValueId(i)).type;
}

} // namespace

Result<Simplified> simplify(const graph::Model& model, const ops::OpRegistry& ops)
{
    graph::Model changed = model;
    std::vector<Problem> problems;
    const passes::PlanHints noHints;
    passes::PassContext context{ops, problems, noHints};
    for (int round = 0; round < mostRounds; ++round) {
        std::size_t rewrites = 0;
        for (const passes::PassSpec& pass : passes::passSpecs())
            if (std::find(simplifying.begin(), simplifying.end(), pass.name) != simplifying.end())
                rewrites += TRY(pass.run(changed, context));
        if (rewrites == 0)
            break;
    }
    forgetNotes(model.graph, changed.graph);
    Simplified result;
    result.nodesBefore = model.graph.nodeCount();
    result.nodesAfter = changed.graph.nodeCount();
    result.constantBytesBefore = constantBytes(model.graph);
    result.constantBytesAfter = constantBytes(changed.graph);
    for (NodeId node : model.graph.liveNodes())
        if (!changed.graph.contains(node))
            ++result.removed[model.graph.node(node).opType];
    result.edit = TRY(difference(model, changed, "Simplify"));
    return result;
}

} // namespace orrery::edit
