// SPDX-License-Identifier: Apache-2.0
#include "engine/debug/step_log.h"

namespace orrery::debug {

StepLog::Chunk* StepLog::find(Key key) const
{
    if (m_last != nullptr && m_lastKey == key)
        return m_last;
    auto at = m_chunks.find(key);
    if (at == m_chunks.end())
        return nullptr;
    m_lastKey = key;
    m_last = at->second.get();
    return m_last;
}

std::int64_t StepLog::record(BranchId branch, std::uint64_t position, NodeId node, std::int64_t ns)
{
    Key key{branch, position / chunkSteps};
    Chunk* chunk = find(key);
    if (chunk == nullptr) {
        if (m_chunks.size() >= m_maxChunks) {
            // Neighbouring steps are asked for together.
            if (m_age.front() == Key{branch, key.second - 1}) {
                m_age.push_back(m_age.front());
                m_age.pop_front();
            }
            m_chunks.erase(m_age.front());
            m_age.pop_front();
            m_last = nullptr;
        }
        chunk = m_chunks.emplace(key, std::make_unique<Chunk>()).first->second.get();
        m_age.push_back(key);
        m_lastKey = key;
        m_last = chunk;
    }
    std::size_t at = position % chunkSteps;
    if (!chunk->nodes[at].valid()) {
        chunk->nodes[at] = node;
        chunk->ns[at] = ns;
    }
    return chunk->ns[at];
}

NodeId StepLog::node(BranchId branch, std::uint64_t position) const
{
    const Chunk* chunk = find({branch, position / chunkSteps});
    return chunk == nullptr ? NodeId() : chunk->nodes[position % chunkSteps];
}

std::int64_t StepLog::ns(BranchId branch, std::uint64_t position) const
{
    const Chunk* chunk = find({branch, position / chunkSteps});
    std::size_t at = position % chunkSteps;
    return chunk == nullptr || !chunk->nodes[at].valid() ? -1 : chunk->ns[at];
}

} // namespace orrery::debug
