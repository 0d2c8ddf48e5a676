#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TraceRecording: one run on its way into a trace: the run's rows, its graphs, the ring beside the trace and
// the thread that drains it. The session's thread calls everything here.

#include "profiler/protocol/command.h"
#include "profiler/session/ring_drain.h"
#include "trace_db/trace_writer.h"

#include <memory>
#include <string>

namespace orrery::session {

class TraceRecording {
public:
    // Recovers what a dead recorder left, adds the run and its dataflow graph, makes the ring.
    static Result<std::unique_ptr<TraceRecording>>
    begin(const std::string& tracePath, const trace_db::RunInfo& info, const trace_db::Machine& machine,
          const protocol::Opened& opened, std::uint32_t ringSlots);
    ~TraceRecording();

    // The compute graph with the shapes of this run; draining begins. `pid`: whose resident set is sampled.
    Result<void> started(const protocol::Opened& opened, const protocol::Started& started, std::int64_t pid);
    bool hasStarted() const { return m_drain != nullptr; }

    record::SharedRing& ring() { return *m_ring; }
    RingDrain* drain() { return m_drain.get(); }
    trace_db::TraceWriter& writer() { return *m_writer; } // not between started() and stopDraining()
    trace_db::RunId run() const { return m_run; }

    void stopDraining();
    // Writes how it ended, and removes the ring. The first error of the recording, if there was one.
    Result<void> end(const trace_db::Outcome& outcome);
    // For a run that never began: removes the trace if it was made for it; else false.
    bool discardIfNew();

private:
    TraceRecording() = default;

    std::string m_tracePath;
    bool m_isNew = false;
    std::uint32_t m_warmup = 0;
    std::unique_ptr<trace_db::TraceWriter> m_writer;
    std::unique_ptr<record::SharedRing> m_ring;
    std::unique_ptr<RingDrain> m_drain;
    trace_db::RunId m_run;
};

} // namespace orrery::session
