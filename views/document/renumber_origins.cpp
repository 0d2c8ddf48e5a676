// SPDX-License-Identifier: Apache-2.0
#include "views/document/renumber_origins.h"

#include "views/document/same_by_name.h"

#include <algorithm>

namespace orrery::document {

std::shared_ptr<const graph::Graph>
withOriginsIn(const graph::Graph& shown, std::shared_ptr<const graph::Graph> compute, const graph::Graph& ran)
{
    const SameByName inShown(ran, shown);
    if (inShown.isIdentity())
        return compute;
    auto result = std::make_shared<graph::Graph>(*compute);
    for (NodeId id : result->liveNodes()) {
        std::vector<NodeId> origins;
        for (NodeId origin : result->node(id).origins)
            if (const NodeId same = inShown(origin); same.valid())
                origins.push_back(same);
        std::sort(origins.begin(), origins.end());
        result->node(id).origins = std::move(origins);
    }
    return result;
}

} // namespace orrery::document
