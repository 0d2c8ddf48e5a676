// SPDX-License-Identifier: Apache-2.0
//
// node none of whose outputs is read  →  (nothing)
// constant that is not read           →  (nothing), unless it is listed as an input
#include "engine/graph/order.h"
#include "engine/passes/pass.h"

#include <algorithm>
#include <unordered_set>

namespace orrery::passes {
namespace {

// Marks backwards from the outputs; a node that holds bodies keeps everything in them that its outputs may
// need.
Result<std::size_t> run(graph::Model& model, PassContext&)
{
    graph::Graph& graph = model.graph;
    std::vector<bool> valueRead(graph.valueSlots(), false);
    std::vector<bool> nodeKept(graph.nodeSlots(), false);
    std::vector<ValueId> pending;
    auto read = [&](ValueId id) {
        if (id.valid() && !valueRead[id.index()]) {
            valueRead[id.index()] = true;
            pending.push_back(id);
        }
    };
    for (ValueId output : graph.main().outputs)
        read(output);
    for (const graph::Root& root : graph.roots())
        for (ValueId output : root.outputs)
            read(output);
    while (!pending.empty()) {
        NodeId producer = graph.value(pending.back()).producer;
        pending.pop_back();
        if (!graph.contains(producer) || nodeKept[producer.index()])
            continue;
        nodeKept[producer.index()] = true;
        for (ValueId input : graph.node(producer).inputs)
            read(input);
        for (RegionId body : graph.node(producer).regions())
            for (ValueId output : graph.region(body).outputs)
                read(output);
    }
    std::size_t removed = 0;
    for (NodeId id : graph.liveNodes())
        if (graph.contains(id) && !nodeKept[id.index()]) {
            graph.removeNode(id);
            ++removed;
        }
    std::unordered_set<ValueId> inputs(graph.main().inputs.begin(), graph.main().inputs.end());
    for (std::size_t i = 0; i < graph.valueSlots(); ++i) {
        const graph::Value& value = graph.value(ValueId(i));
        if (value.alive && value.isConstant() && !valueRead[i] && !inputs.contains(value.id))
            graph.removeValue(value.id);
    }
    return removed;
}

} // namespace

PassSpec remove_dead()
{
    return {"remove_dead", "Removes nodes and constants that no output depends on.", PassLevel::Basic, run};
}

} // namespace orrery::passes
