#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Correspondence: which nodes of the dataflow graph and of a compute graph are the same thing, by origins.
// Immutable; made once per compute graph. Graph inputs and outputs have the same key in every stage.

#include "views/document/focus.h"

#include <unordered_map>
#include <vector>

namespace orrery::document {

class Correspondence {
public:
    Correspondence() = default;
    explicit Correspondence(const graph::Graph& compute);

    // The keys in the stage that correspond to the node; the first stands for it best. Empty when it was
    // folded away or nothing is known of the compute graph.
    std::vector<std::uint64_t> keysIn(GraphStage stage, const CurrentNode& node) const;

    // Nodes in the same stage that came from the same dataflow nodes, without the node itself.
    std::vector<std::uint64_t> siblings(const CurrentNode& node) const;

private:
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> m_toCompute, m_toDataflow;
};

} // namespace orrery::document
