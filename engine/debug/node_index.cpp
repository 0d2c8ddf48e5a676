// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/node_index.h"

namespace orrery::debug {

NodeIndex::NodeIndex(const plan::Plan& plan)
    : m_places(plan.graph().nodeSlots())
{
    // A block comes after the block that its node is in.
    for (const plan::Block& block : plan.blocks()) {
        NodeId parent = plan.graph().region(block.region).parent;
        for (std::size_t i = 0; i < block.instructions.size(); ++i) {
            NodeId node = block.instructions[i].node;
            NodePlace& place = m_places[node.index()];
            place.index = static_cast<std::uint32_t>(i);
            place.parent = parent;
            place.depth = parent.valid() ? m_places[parent.index()].depth + 1 : 1;
            place.mainAncestor = parent.valid() ? m_places[parent.index()].mainAncestor : node;
        }
    }
}

} // namespace orrery::debug
