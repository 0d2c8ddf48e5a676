#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// EventTranslator: slots of the ring → events of the trace, given to a TraceWriter in their order, each step
// after what belongs to it. Slots come from another process: kinds, ids and sizes that make no sense are
// counted as lost, never passed on. Also derives the counter arena_in_use from allocations and frees, and
// those of the heap (heap_tensor_bytes, heap_native_bytes, heap_held_bytes ...) from what is told after each
// step.

#include "profiler/record/clock.h"
#include "profiler/record/event.h"
#include "trace_db/trace_writer.h"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace orrery::session {

// What ids of a run may name.
struct RunBounds {
    std::size_t nodeSlots = 0;
    std::size_t valueSlots = 0;
    std::uint32_t warmup = 0;
    std::vector<std::string> inputSets = {}; // shapes of the inputs, by the number of the set
};

class EventTranslator {
public:
    EventTranslator(trace_db::TraceWriter& writer, const RunBounds& bounds);

    void setClock(const record::ClockParameters& clock) { m_clock = clock; }
    // Returns how many slots were used: all, or all but the first half of an allocation at the very end.
    Result<std::size_t> take(std::span<const record::Event> slots);

    std::uint64_t events() const { return m_events; }
    std::int64_t malformed() const { return m_malformed; }
    std::uint32_t stepsDone() const { return m_stepsDone; }

private:
    Result<void> pass();
    Result<void> allocation(const record::Event& first, const record::Event& second);
    void release(const record::Event& event);
    Result<void> native(const record::Event& first, const record::Event& second);
    Result<void> site(const record::Event& event);
    Result<void> siteLive(const record::Event& event);
    Result<void> heapTotal(const record::Event& event);
    void sampleArena(std::int64_t ts);
    std::uint32_t nodeOrNone(std::uint64_t node) const;

    trace_db::TraceWriter& m_writer;
    RunBounds m_bounds;
    record::ClockParameters m_clock;
    std::vector<trace_db::OpEvent> m_ops;
    std::vector<trace_db::AllocEvent> m_allocs;
    std::vector<trace_db::CounterSample> m_samples;
    std::unordered_map<std::uint32_t, std::int64_t> m_inArena; // bytes by buffer
    std::int64_t m_arenaBytes = 0;
    std::int64_t m_sampledArenaBytes = -1;
    std::int64_t m_lastSampleTs = 0;
    std::uint32_t m_arenaCounter = trace_db::noId;
    std::uint32_t m_sites = 0; // that are known
    std::uint64_t m_events = 0;
    std::int64_t m_malformed = 0;
    std::uint32_t m_stepsDone = 0;
};

} // namespace orrery::session
