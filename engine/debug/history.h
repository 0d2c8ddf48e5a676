#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// History: states of the past, kept within a budget of bytes. Each belongs to a branch and a position; the
// first one always stays. A tensor that many states hold is counted once; constants and the inputs of the
// run, which are there anyway, are not counted. history.cpp says which states go when the budget is reached.

#include "engine/base/ids.h"
#include "engine/exec/execution_state.h"

#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace orrery::debug {

struct KeptState {
    exec::ExecutionState state;
    std::int64_t elapsedNs = 0; // of all instructions before it, when they were first carried out
};

// Where the session is: what is near is kept more densely.
struct Present {
    std::int64_t elapsedNs = 0;
    std::span<const BranchId> lineage; // the branches that it has come along
};

class History {
public:
    // The first state is that of the original branch at its position. A negative budget: no bound.
    History(exec::ExecutionState first, std::span<const graph::Tensor> uncounted, std::int64_t budgetBytes);

    // Replaces one of the same place.
    void keep(BranchId branch, exec::ExecutionState state, std::int64_t elapsedNs, const Present& present);
    // The last of the branch within [from, upTo]; null when there is none. Valid until the next keep().
    const KeptState* latest(BranchId branch, std::uint64_t from, std::uint64_t upTo) const;
    // The first of the branch within [from, upTo] that satisfies.
    const KeptState* find(BranchId branch, std::uint64_t from, std::uint64_t upTo,
                          const std::function<bool(const exec::ExecutionState&)>& satisfies) const;

    void setBudget(std::int64_t bytes, const Present& present);
    std::int64_t budgetBytes() const { return m_budgetBytes; }
    std::uint64_t states() const { return m_states.size(); }
    std::int64_t usedBytes() const { return m_bytes; }
    // Of the kept states and these values together.
    std::int64_t usedBytesWith(std::span<const std::pair<ValueId, graph::Tensor>> values) const;

private:
    struct Piece {
        std::int64_t bytes = 0;
        std::uint32_t holders = 0;
    };
    using Place = std::pair<BranchId, std::uint64_t>;
    using States = std::map<Place, KeptState>;

    void count(const exec::ExecutionState& state);
    void uncount(const exec::ExecutionState& state);
    void hold(const graph::Tensor& tensor);
    void letGo(const graph::Tensor& tensor);
    double share(const exec::ExecutionState& state) const;
    double worth(States::const_iterator at, const Present& present) const;
    void thinOut(const Present& present);

    std::int64_t m_budgetBytes;
    std::int64_t m_bytes = 0;
    States m_states;
    Place m_first;
    std::unordered_map<const void*, Piece> m_pieces; // by where the bytes lie
    std::unordered_map<const exec::Gathered*, std::uint32_t> m_gathered;
    std::unordered_set<const void*> m_uncounted;
};

} // namespace orrery::debug
