#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TouchedNodes: tells after each pass which nodes it removed, made, or changed: another operator or other
// attributes, or more that it stands for. That it reads another value in place of one counts as no change of
// a node. Named by where they came from. Private to engine/passes.

#include "engine/graph/graph.h"

#include <vector>

namespace orrery::passes {

class TouchedNodes {
public:
    explicit TouchedNodes(const graph::Graph& graph) { remember(graph); }

    // Since the last call: nodes of the dataflow graph, sorted.
    std::vector<NodeId> since(const graph::Graph& graph);

private:
    struct Seen {
        std::vector<NodeId> origins; // empty: no node
        std::string opType;
        std::size_t attributes = 0;
    };
    void remember(const graph::Graph& graph);

    std::vector<Seen> m_seen; // by NodeId
};

} // namespace orrery::passes
