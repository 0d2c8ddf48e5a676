// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/branches.h"

#include <algorithm>

namespace orrery::debug {

Branches::Branches(std::shared_ptr<const plan::Plan> plan)
{
    BranchRecord original;
    original.info.id = BranchId(0);
    original.plan = std::move(plan);
    m_records.push_back(std::move(original));
}

BranchId Branches::add(BranchRecord record)
{
    record.info.id = BranchId(m_records.size());
    record.reached = record.info.from;
    m_records.push_back(std::move(record));
    return m_records.back().info.id;
}

std::vector<Branch> Branches::infos() const
{
    std::vector<Branch> result;
    for (const BranchRecord& record : m_records)
        result.push_back(record.info);
    return result;
}

BranchId Branches::owner(BranchId branch, std::uint64_t position) const
{
    while (m_records[branch.index()].info.parent.valid() && position < m_records[branch.index()].info.from)
        branch = m_records[branch.index()].info.parent;
    return branch;
}

std::vector<Leg> Branches::path(BranchId branch, std::uint64_t position) const
{
    std::vector<Leg> legs;
    for (BranchId at = owner(branch, position); at.valid(); at = m_records[at.index()].info.parent) {
        legs.push_back({at, m_records[at.index()].info.from, position});
        position = m_records[at.index()].info.from;
    }
    std::reverse(legs.begin(), legs.end());
    return legs;
}

std::vector<BranchId> Branches::lineage(BranchId branch) const
{
    std::vector<BranchId> result;
    for (; branch.valid(); branch = m_records[branch.index()].info.parent)
        result.push_back(branch);
    return result;
}

BranchId Branches::nextOnTheWay(BranchId owner, BranchId branch) const
{
    while (branch != owner && m_records[branch.index()].info.parent != owner)
        branch = m_records[branch.index()].info.parent;
    return branch == owner ? BranchId() : branch;
}

} // namespace orrery::debug
