#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// StepLog: which node each instruction belonged to and how long it took when it was carried out for the first
// time, by branch and position. So one knows where a node ran without computing anything again, and a time
// condition gives the same answer on the way back as on the way there. Holds about a million steps; beyond
// that the oldest pieces are forgotten and come back when they are carried out again.

#include "engine/base/ids.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

namespace orrery::debug {

class StepLog {
public:
    explicit StepLog(std::size_t maxChunks = 256)
        : m_maxChunks(maxChunks)
    {}

    // The first time stays; returns the one that holds.
    std::int64_t record(BranchId branch, std::uint64_t position, NodeId node, std::int64_t ns);

    NodeId node(BranchId branch, std::uint64_t position) const;     // invalid: not carried out, or forgotten
    std::int64_t ns(BranchId branch, std::uint64_t position) const; // -1: likewise

private:
    static constexpr std::uint64_t chunkSteps = 4096;
    struct Chunk {
        std::array<NodeId, chunkSteps> nodes;
        std::array<std::int64_t, chunkSteps> ns;
    };
    using Key = std::pair<BranchId, std::uint64_t>;

    Chunk* find(Key key) const;

    std::size_t m_maxChunks;
    std::map<Key, std::unique_ptr<Chunk>> m_chunks;
    std::deque<Key> m_age; // oldest first
    mutable Key m_lastKey{BranchId(), 0};
    mutable Chunk* m_last = nullptr;
};

} // namespace orrery::debug
