// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/verify.h"

#include "engine/graph/order.h"

namespace orrery::graph {

std::vector<Problem> verify(const Model& model)
{
    std::vector<Problem> problems = model.loadProblems;
    for (std::size_t i = 0; i < model.graph.regionSlots(); ++i)
        if (auto order = topologicalOrder(model.graph, RegionId(i)); !order.ok())
            problems.push_back({Severity::Error, "cycle", order.error().where, {}, order.error().message, "Remove one edge of the cycle."});
    return problems;
}

} // namespace orrery::graph
