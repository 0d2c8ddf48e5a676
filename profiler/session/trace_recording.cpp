// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/trace_recording.h"

#include "profiler/session/graph_rows.h"
#include "profiler/session/recover.h"

#include <filesystem>
#include <unistd.h>

namespace orrery::session {

Result<std::unique_ptr<TraceRecording>> TraceRecording::begin(const std::string& tracePath,
                                                              const trace_db::RunInfo& info,
                                                              const trace_db::Machine& machine,
                                                              const protocol::Opened& opened,
                                                              std::uint32_t ringSlots)
{
    std::unique_ptr<TraceRecording> recording(new TraceRecording);
    recording->m_tracePath = tracePath;
    recording->m_warmup = static_cast<std::uint32_t>(info.warmup);
    auto recovered = TRY(recoverTrace(tracePath));
    if (recovered.what == Recovery::StillRecording)
        return Error{ErrorCode::Usage, "another program is recording into this trace", tracePath};

    std::error_code ignored;
    recording->m_isNew = !std::filesystem::exists(tracePath, ignored);
    recording->m_writer =
        std::make_unique<trace_db::TraceWriter>(TRY(trace_db::TraceWriter::openOrCreate(tracePath)));
    trace_db::TraceWriter& writer = *recording->m_writer;
    recording->m_run = TRY(writer.beginRun(info, machine));
    recording->m_ring =
        TRY(record::SharedRing::create(ringPathOf(tracePath), ringSlots, recording->m_run.value));
    TRY(writer.addGraph(rowsOf(opened.dataflow, "dataflow")));
    std::vector<trace_db::PassRow> passes;
    for (const auto& pass : opened.passes)
        passes.push_back({pass.name, pass.durationNs, static_cast<std::int64_t>(pass.nodesBefore),
                          static_cast<std::int64_t>(pass.nodesAfter)});
    TRY(writer.addPasses(passes));
    for (const Problem& problem : opened.problems)
        TRY(writer.addProblem(problem));
    TRY(writer.flush());
    return recording;
}

TraceRecording::~TraceRecording()
{
    m_drain.reset();
    if (m_ring)
        m_ring->remove();
}

Result<void> TraceRecording::started(const protocol::Opened& opened, const protocol::Started& started,
                                     std::int64_t pid)
{
    graph::Graph compute = opened.compute;
    for (std::size_t i = 0; i < std::min(started.types.size(), compute.valueSlots()); ++i)
        if (started.types[i].kind != graph::TypeKind::Unknown)
            compute.value(ValueId(i)).type = started.types[i];
    TRY(m_writer->addGraph(rowsOf(compute, "compute", started.placements)));
    for (const Problem& note : started.notes)
        TRY(m_writer->addProblem(note));
    TRY(m_writer->flush());
    m_drain = std::make_unique<RingDrain>(
        *m_ring, *m_writer,
        RunBounds{compute.nodeSlots(), compute.valueSlots(), m_warmup, started.inputSets});
    m_drain->start(pid);
    return {};
}

void TraceRecording::stopDraining()
{
    if (m_drain)
        m_drain->finish();
}

Result<void> TraceRecording::end(const trace_db::Outcome& outcome)
{
    stopDraining();
    auto written = m_writer->setOutcome(outcome);
    auto closed = m_writer->close();
    // With a full disk the ring stays: what it holds can be taken over when there is room again.
    if (written.ok())
        m_ring->remove();
    if (m_drain && m_drain->error())
        return *m_drain->error();
    TRY(std::move(written));
    return closed;
}

bool TraceRecording::discardIfNew()
{
    if (!m_isNew)
        return false;
    m_drain.reset();
    m_writer.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
        unlink((m_tracePath + suffix).c_str());
    return true;
}

} // namespace orrery::session
