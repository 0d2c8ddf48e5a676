// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/tidy.h"

#include "engine/edit/actions.h"
#include "engine/graph/order.h"

#include <algorithm>

namespace orrery::edit {
namespace {

// What an action makes of a copy.
Result<graph::Model> with(const graph::Model& model, const graph::Edit& edit)
{
    graph::Model copy = model;
    TRY(graph::apply(copy, edit));
    return copy;
}

} // namespace

Result<CleanUp> stripNames(const graph::Model& model)
{
    graph::Model after = model;
    std::vector<TouchedNode> touched;
    for (NodeId id : after.graph.liveNodes()) {
        graph::Node& node = after.graph.node(id);
        if (node.name.empty() && node.doc.empty())
            continue;
        touched.push_back(touchedNode(model.graph, id, "name", "loses its name and documentation"));
        node.name.clear();
        node.doc.clear();
    }
    for (std::size_t i = 0; i < after.graph.regionSlots(); ++i)
        after.graph.region(RegionId(i)).doc.clear();
    return cleanUpOf(model, std::move(after), "Strip names", std::move(touched));
}

Result<CleanUp> nameAll(const graph::Model& model)
{
    std::vector<TouchedNode> touched;
    for (NodeId id : model.graph.liveNodes())
        if (model.graph.node(id).name.empty())
            touched.push_back(touchedNode(model.graph, id, "name", "gets a name"));
    const graph::Edit naming = TRY(nameUnnamed(model));
    graph::Model after = TRY(with(model, naming));
    return cleanUpOf(model, std::move(after), "Name what has no name", std::move(touched));
}

Result<CleanUp> sortAll(const graph::Model& model)
{
    graph::Model after = model;
    std::vector<TouchedNode> touched;
    for (std::size_t i = 0; i < after.graph.regionSlots(); ++i) {
        graph::Region& region = after.graph.region(RegionId(i));
        if (!region.alive)
            continue;
        const auto order = TRY(graph::topologicalOrder(after.graph, RegionId(i)));
        for (std::size_t at = 0; at < order.size(); ++at)
            if (region.nodes[at] != order[at])
                touched.push_back(
                    touchedNode(model.graph, order[at], "order", "stands elsewhere in the list"));
        region.nodes = order;
    }
    return cleanUpOf(model, std::move(after), "Sort nodes", std::move(touched));
}

} // namespace orrery::edit
