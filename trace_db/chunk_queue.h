#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ChunkQueue: events on their way into chunks. Full chunks are encoded at once; the open one is written as it
// is at every commit, under the number that it keeps until it is full. What is written is forgotten in
// committed() only, so a failed commit loses nothing.

#include "trace_db/chunk_codec.h"
#include "trace_db/statement.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace orrery::trace_db {

struct Chunk {
    std::int64_t number = 0;
    std::int64_t n = 0;
    std::int64_t t0 = std::numeric_limits<std::int64_t>::max();
    std::int64_t t1 = std::numeric_limits<std::int64_t>::min();
    std::int64_t sumDur = 0;
    std::int64_t maxDur = 0;
    std::vector<std::byte> data;
};

template<class Event>
class ChunkQueue {
public:
    void add(const Event& event)
    {
        m_open.push_back(event);
        m_openChanged = true;
        if (m_open.size() == chunkEvents)
            seal();
    }

    // Goes on where a run that was read back ended: the chunk of that number is open with these events.
    void restore(std::int64_t number, std::vector<Event> events)
    {
        m_number = number;
        m_open = std::move(events);
        if (m_open.size() >= chunkEvents) {
            m_open.clear();
            ++m_number;
        }
        m_openChanged = false;
    }

    std::size_t sealed() const { return m_sealed.size(); }
    bool changed() const { return m_openChanged || !m_sealed.empty(); }

    // write(const Chunk&) for each chunk that a commit must hold.
    template<class Write>
    Result<void> forEachChanged(Write write) const
    {
        for (const Chunk& chunk : m_sealed)
            TRY(write(chunk));
        if (m_openChanged)
            TRY(write(chunkOf(m_open, m_number)));
        return {};
    }

    void committed()
    {
        m_sealed.clear();
        m_openChanged = false;
    }

private:
    void seal()
    {
        m_sealed.push_back(chunkOf(m_open, m_number++));
        m_open.clear();
        m_openChanged = false;
    }

    static Chunk chunkOf(const std::vector<Event>& events, std::int64_t number)
    {
        Chunk chunk;
        chunk.number = number;
        chunk.n = static_cast<std::int64_t>(events.size());
        for (const Event& event : events) {
            chunk.t0 = std::min(chunk.t0, event.ts);
            if constexpr (requires { event.dur; }) {
                chunk.t1 = std::max(chunk.t1, event.ts + event.dur);
                chunk.maxDur = std::max(chunk.maxDur, event.dur);
                if (__builtin_add_overflow(chunk.sumDur, event.dur, &chunk.sumDur))
                    chunk.sumDur = std::numeric_limits<std::int64_t>::max();
            } else {
                chunk.t1 = std::max(chunk.t1, event.ts);
            }
        }
        chunk.data = encodeChunk(std::span<const Event>(events));
        return chunk;
    }

    std::vector<Event> m_open;
    bool m_openChanged = false;
    std::int64_t m_number = 0;
    std::vector<Chunk> m_sealed;
};

} // namespace orrery::trace_db
