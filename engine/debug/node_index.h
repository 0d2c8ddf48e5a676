#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NodeIndex: where each instruction of a Plan stands: its place in its block, how deep that block is nested,
// and the node whose body it is. The variants of a plan have the same index.

#include "engine/plan/plan.h"

#include <vector>

namespace orrery::debug {

struct NodePlace {
    std::uint32_t depth = 0; // 1: in the main block; 0: no instruction of the plan
    std::uint32_t index = 0; // in its block
    NodeId parent;           // whose body it is in; invalid in the main block
    NodeId mainAncestor;     // the instruction of the main block that it is part of
};

class NodeIndex {
public:
    explicit NodeIndex(const plan::Plan& plan);

    bool known(NodeId node) const
    {
        return node.valid() && node.index() < m_places.size() && m_places[node.index()].depth > 0;
    }
    const NodePlace& operator[](NodeId node) const { return m_places[node.index()]; }

private:
    std::vector<NodePlace> m_places;
};

} // namespace orrery::debug
