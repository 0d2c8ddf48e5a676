// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/shape_log.h"

namespace orrery::debug {

void ShapeLog::record(BranchId owner, std::uint64_t position, NodeId node, const OutputDims& dims)
{
    auto& changes = m_changes[{owner, node}];
    auto after = changes.upper_bound(position);
    if (after == changes.begin() || std::prev(after)->second != dims)
        changes[position] = dims;
    m_last[node] = dims;
}

const ShapeLog::OutputDims* ShapeLog::before(const Branches& branches, BranchId owner, std::uint64_t position,
                                             NodeId node) const
{
    for (BranchId branch = owner; branch.valid(); branch = branches[branch].info.parent) {
        if (auto known = m_changes.find({branch, node}); known != m_changes.end()) {
            auto after = known->second.lower_bound(position);
            if (after != known->second.begin())
                return &std::prev(after)->second;
        }
        position = std::min(position, branches[branch].info.from);
    }
    auto earlier = m_earlierRun.find(node);
    return earlier == m_earlierRun.end() ? nullptr : &earlier->second;
}

} // namespace orrery::debug
