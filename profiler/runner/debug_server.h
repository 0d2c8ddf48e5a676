#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugServer: answers the commands of one debugging session with a Debugger over the opened plan. Belongs to
// the executing thread; a Pause that the reading thread puts into the gate acts on the movement under way.
// Before each instruction the node and the position go into the session's shared cell, so that the session
// can tell where a runner died or hangs.

#include "engine/debug/debugger.h"
#include "profiler/protocol/command.h"
#include "profiler/record/shared_ring.h"
#include "profiler/runner/run_gate.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace orrery::runner {

class DebugServer {
public:
    // Reads or makes the inputs and goes to the start.
    static Result<std::unique_ptr<DebugServer>> start(std::shared_ptr<const plan::Plan> plan,
                                                      const protocol::DebugStart& command, RunGate& gate);
    ~DebugServer();

    const protocol::DebugStarted& started() const { return m_started; }
    // For every debug command but DebugStart and Diverge.
    protocol::Reply answer(const protocol::Command& command);

private:
    class MarkingGate;

    DebugServer();
    protocol::Reply carryOut(const protocol::Command& command);
    protocol::Reply reached(Result<debug::DebugState> state);
    Result<debug::DebugState> findBad(double overflowAbove);
    Result<protocol::DebugTensor> fetch(const protocol::DebugFetch& command);
    Result<protocol::DebugReran> rerun();
    Result<graph::Tensor> evaluate(const std::string& expression);
    Result<graph::Tensor> tensorNamed(std::string_view name);

    std::unique_ptr<record::SharedRing> m_ring;
    std::unique_ptr<MarkingGate> m_gate;
    std::unique_ptr<debug::Debugger> m_debugger;
    protocol::DebugStarted m_started;
    NodeId m_next;                          // at the current position
    const plan::Plan* m_sentPlan = nullptr; // whose graph the session has
    std::unordered_map<std::string, ValueId> m_valueNames;
};

} // namespace orrery::runner
