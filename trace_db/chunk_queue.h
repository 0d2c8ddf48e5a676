#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ChunkQueue: events on their way into chunks. Full chunks are encoded at once; the open one is written as it
// is at every commit, under the number that it keeps until it is full. What is written is forgotten in
// committed() only, so a failed commit loses nothing.

#include "trace_db/chunk_codec.h"
#include "trace_db/statement.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace orrery::trace_db {

struct Chunk {
    std::int64_t number = 0;
    ChunkSummary summary;
    std::span<const std::byte> data;
};

template<class Event>
class ChunkQueue {
public:
    // Places for the next events, at least one. filled(n) takes the first n of them in.
    std::span<Event> room()
    {
        m_open.resize(chunkEvents);
        return std::span(m_open).subspan(m_filled);
    }

    void filled(std::size_t n)
    {
        m_filled += n;
        m_openChanged = m_openChanged || n > 0;
        if (m_filled < chunkEvents)
            return;
        std::size_t start = m_data.size();
        ChunkSummary summary = m_encoder.encode(m_open, m_data);
        m_sealed.push_back({summary, start, m_data.size() - start});
        m_filled = 0;
        m_openChanged = false;
    }

    // Goes on where a run that was read back ended: the chunk of that number is open with these events.
    void restore(std::int64_t number, std::vector<Event> events)
    {
        bool full = events.size() >= chunkEvents;
        m_number = full ? number + 1 : number;
        m_open = std::move(events);
        m_filled = full ? 0 : m_open.size();
        m_openChanged = false;
    }

    std::size_t sealed() const { return m_sealed.size(); }
    bool changed() const { return m_openChanged || !m_sealed.empty(); }

    // write(const Chunk&) for each chunk that a commit must hold.
    template<class Write>
    Result<void> forEachChanged(Write write)
    {
        std::int64_t number = m_number;
        for (const Sealed& chunk : m_sealed) {
            std::span<const std::byte> data = std::span(m_data).subspan(chunk.start, chunk.bytes);
            TRY(write(Chunk{number++, chunk.summary, data}));
        }
        if (m_openChanged) {
            m_openData.clear();
            ChunkSummary summary =
                m_encoder.encode(std::span<const Event>(m_open).first(m_filled), m_openData);
            TRY(write(Chunk{number, summary, m_openData}));
        }
        return {};
    }

    void committed()
    {
        m_number += static_cast<std::int64_t>(m_sealed.size());
        m_sealed.clear();
        m_data.clear();
        m_openChanged = false;
    }

private:
    struct Sealed {
        ChunkSummary summary;
        std::size_t start = 0; // in m_data
        std::size_t bytes = 0;
    };

    ChunkEncoder m_encoder;
    std::vector<Event> m_open; // m_filled events, and places for more
    std::size_t m_filled = 0;
    bool m_openChanged = false;
    std::int64_t m_number = 0; // of the first chunk that is not committed, or else the open one
    std::vector<Sealed> m_sealed;
    std::vector<std::byte> m_data; // of all sealed chunks
    std::vector<std::byte> m_openData;
};

} // namespace orrery::trace_db
