#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ShapeLog: the dims of a node's outputs each time that it ran while somebody wanted to know, for "the shape
// changed". A run in which nothing changed takes no room. Keeps the last dims over a restart.

#include "engine/debug/branches.h"
#include "engine/graph/shape.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace orrery::debug {

class ShapeLog {
public:
    using OutputDims = std::vector<graph::Dims>;

    void record(BranchId owner, std::uint64_t position, NodeId node, const OutputDims& dims);
    // Of the last time before `position` on the way along `owner`, else of the run before the restart; null
    // when there was none.
    const OutputDims* before(const Branches& branches, BranchId owner, std::uint64_t position,
                             NodeId node) const;
    // A new run begins: what was last becomes what it is compared with.
    void restart() { m_earlierRun = m_last; }

private:
    std::map<std::pair<BranchId, NodeId>, std::map<std::uint64_t, OutputDims>> m_changes;
    std::map<NodeId, OutputDims> m_last;
    std::map<NodeId, OutputDims> m_earlierRun;
};

} // namespace orrery::debug
