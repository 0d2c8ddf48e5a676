#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelRun: one Run command being carried out: inputs, warm-up and measured steps with or without the
// recorder, outputs. Belongs to the executing thread.

#include "engine/exec/execution.h"
#include "profiler/protocol/command.h"
#include "profiler/record/current_op_marker.h"
#include "profiler/record/recorder.h"
#include "profiler/runner/run_gate.h"
#include "profiler/runner/runner.h"

#include <functional>

namespace orrery::runner {

class ModelRun {
public:
    using Send = std::function<Result<void>(const protocol::Reply&)>;

    ModelRun(std::shared_ptr<const plan::Plan> plan, const protocol::Run& command,
             const RunnerOptions& options, const record::Clock& clock, RunGate& gate, Send send,
             std::span<const std::string> libraries);

    // The last reply: Finished, or Failed with the node.
    protocol::Reply carryOut();
    ~ModelRun();

private:
    Result<protocol::Finished> runGuarded();
    Result<protocol::Finished> run();
    Result<void> prepare();
    Result<void> oneStep(std::uint32_t step);
    Result<std::vector<std::string>> prepareInputs(protocol::Started& started);
    Result<void> watchHeap(protocol::Started& started);
    void closeHeap();
    std::vector<protocol::LiveValue> whatIsAlive() const;
    Result<void> returnOutputs();

    std::shared_ptr<const plan::Plan> m_plan;
    const protocol::Run& m_command;
    const RunnerOptions& m_options;
    const record::Clock& m_clock;
    RunGate& m_gate;
    Send m_send;
    std::span<const std::string> m_libraries; // with operators; told when the run has ended

    std::vector<std::vector<graph::Tensor>> m_inputs; // one set, or those that take turns
    std::size_t m_inputSet = 0;                       // of the last step
    std::unique_ptr<record::SharedRing> m_ring;
    std::unique_ptr<record::Recorder> m_recorder;
    std::unique_ptr<record::CurrentOpMarker> m_marker;
    std::unique_ptr<exec::ExecutionObserver> m_wrapper;
    std::unique_ptr<exec::Execution> m_execution;
    protocol::Finished m_finished;
    double m_heapBlockNs = 0;
    std::uint64_t m_earlierAllocations = 0;
    bool m_ranOut = false; // of memory, outside of a kernel
    std::int64_t m_lastReportNs = 0;
};

} // namespace orrery::runner
