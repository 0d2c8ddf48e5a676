// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/recover.h"

#include "profiler/record/process_probe.h"
#include "profiler/session/ring_drain.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/runs.h"
#include "trace_db/queries/scalars.h"
#include "trace_db/trace_reader.h"
#include "trace_db/trace_writer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <poll.h>

namespace orrery::session {

namespace {

constexpr int runnerGraceMs = 3000;

// The runner ends by itself when its session is gone; what it still writes until then shall not be missed.
void waitForRunner(std::int64_t pid)
{
    std::string folder = "/proc/" + std::to_string(pid);
    for (int waited = 0; pid > 0 && waited < runnerGraceMs; waited += 10) {
        std::ifstream file(folder + "/comm");
        std::string name;
        std::getline(file, name);
        // The number may belong to another program by now; and a process that has ended holds no memory.
        if (name.rfind("orrery-runner", 0) != 0 || !record::ProcessProbe(pid).residentBytes())
            return;
        poll(nullptr, 0, 10);
    }
}

// How far the trace has come in a run, and what its ids may name.
struct RunSoFar {
    bool unfinished = false;
    std::uint64_t position = 0;
    RunBounds bounds;
    std::vector<trace_db::NodeRow> nodes;
};

Result<RunSoFar> readRun(const std::string& tracePath, trace_db::RunId run)
{
    auto reader = TRY(trace_db::TraceReader::open(tracePath));
    RunSoFar result;
    auto rows = TRY(trace_db::runs::run(reader, {run}));
    if (rows.empty() || rows.front().outcome.state != trace_db::RunState::Running)
        return result;
    result.unfinished = true;
    result.bounds.warmup = static_cast<std::uint32_t>(rows.front().info.warmup);
    for (const auto& scalar : TRY(trace_db::scalars::run(reader, {run, std::string(drainedMetric)})))
        result.position = std::max(result.position, static_cast<std::uint64_t>(std::max(scalar.value, 0.0)));
    for (auto& graph : TRY(trace_db::graph::run(reader, {run, "compute"}))) {
        for (const auto& node : graph.rows.nodes)
            result.bounds.nodeSlots = std::max(result.bounds.nodeSlots, std::size_t{node.id} + 1);
        for (const auto& value : graph.rows.values)
            result.bounds.valueSlots = std::max(result.bounds.valueSlots, std::size_t{value.id} + 1);
        result.nodes = std::move(graph.rows.nodes);
    }
    return result;
}

std::string textOf(const std::vector<trace_db::NodeRow>& nodes, std::uint32_t id)
{
    for (const auto& node : nodes)
        if (node.id == id)
            return node.opType + " \"" + node.name + "\"";
    return {};
}

} // namespace

std::string ringPathOf(const std::string& tracePath) { return tracePath + "-ring"; }

Result<RecoveryReport> recoverTrace(const std::string& tracePath)
{
    std::error_code ignored;
    std::string ringPath = ringPathOf(tracePath);
    if (!std::filesystem::exists(ringPath, ignored) || !std::filesystem::exists(tracePath, ignored))
        return RecoveryReport{};
    auto taken = record::SharedRing::takeOver(ringPath);
    if (!taken.ok() && taken.error().code == ErrorCode::Cancelled)
        return RecoveryReport{Recovery::StillRecording, 0, {}};
    auto ring = TRY(std::move(taken));
    waitForRunner(ring->header().producerPid.load());

    trace_db::RunId run(static_cast<std::size_t>(ring->runId()));
    auto soFar = TRY(readRun(tracePath, run));
    if (!soFar.unfinished) {
        ring->remove();
        return RecoveryReport{};
    }
    auto writer = TRY(trace_db::TraceWriter::openAppend(tracePath));
    TRY(writer.resumeRun(run));
    RingDrain drain(*ring, writer, soFar.bounds, std::max(soFar.position, ring->tail()));
    if (soFar.bounds.nodeSlots > 0)
        drain.drainAll();
    if (drain.error())
        return *drain.error();

    trace_db::Outcome outcome;
    outcome.state = trace_db::RunState::Crashed;
    outcome.message = "the recording program died";
    std::string node = textOf(soFar.nodes, ring->currentOp().node);
    if (!node.empty()) {
        outcome.node = ring->currentOp().node;
        outcome.message += " in " + node;
    }
    TRY(writer.setOutcome(outcome));
    TRY(writer.close());
    ring->remove();
    return RecoveryReport{Recovery::Recovered, drain.events(), outcome.message};
}

} // namespace orrery::session
