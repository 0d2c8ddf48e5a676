#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Branches: the tree of the courses of events. A branch owns the positions from its fork on; what was before
// belongs to its parent, and to that one's parent. At the fork's position itself the state is that after the
// edit, and the branch's.

#include "engine/debug/debug_state.h"
#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace orrery::debug {

struct BranchRecord {
    Branch info;
    std::shared_ptr<const plan::Plan> plan; // from the fork on
    std::vector<NodeId> concerned;          // nodes whose work the edit changes
    // What the edit does beside changing the plan: one of these, or none.
    std::optional<std::pair<ValueId, graph::Tensor>> set;
    std::optional<std::vector<graph::Tensor>> skipped; // what the instruction at the fork leaves behind
    std::uint64_t reached = 0;                         // the farthest position that is known of it
};

// A piece of a course of events: positions [begin, end] of one branch.
struct Leg {
    BranchId branch;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

class Branches {
public:
    explicit Branches(std::shared_ptr<const plan::Plan> plan);

    BranchId add(BranchRecord record); // gives it its id
    bool contains(BranchId id) const { return id.valid() && id.index() < m_records.size(); }
    const BranchRecord& operator[](BranchId id) const { return m_records[id.index()]; }
    void reach(BranchId id, std::uint64_t position)
    {
        std::uint64_t& reached = m_records[id.index()].reached;
        reached = std::max(reached, position);
    }
    std::vector<Branch> infos() const;

    // To whom a position on the way along `branch` belongs.
    BranchId owner(BranchId branch, std::uint64_t position) const;
    // The way from the start to a position along `branch`.
    std::vector<Leg> path(BranchId branch, std::uint64_t position) const;
    std::vector<BranchId> lineage(BranchId branch) const; // itself first
    // The branch that follows `owner` on the way along `branch`; invalid when that is its last.
    BranchId nextOnTheWay(BranchId owner, BranchId branch) const;

private:
    std::vector<BranchRecord> m_records;
};

} // namespace orrery::debug
