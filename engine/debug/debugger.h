#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Debugger: an Execution that can be moved through time. Its history keeps states of the past within a budget
// and computes what lies between them again; since kernels, order and random numbers are deterministic, that
// gives the same bits. Edits make branches. One thread uses a Debugger; the gate may be told to pause from
// others, and is asked between any two instructions, going back included.

#include "engine/debug/debug_state.h"
#include "engine/debug/edit.h"
#include "engine/debug/movement.h"
#include "engine/debug/tensor_difference.h"
#include "engine/exec/execution.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace orrery::debug {

struct DebugOptions {
    int threads = 1;
    std::uint64_t seed = 0;
    std::int64_t memoryLimitBytes = -1; // of live tensor bytes, weights and history excluded
    std::int64_t historyBudgetBytes = std::int64_t(1) << 30;
    exec::Gate* gate = nullptr;                  // borrowed; null: nothing can pause it
    std::map<NodeId, std::int64_t> p95Ns;        // of earlier runs, for `time > p95`
    std::map<ValueId, graph::Tensor> references; // for `difference > x`
};

// What a value holds at the current event, or held last.
enum class Availability : std::uint8_t {
    Alive,
    Constant,
    Freed,       // written before; "not captured" unless it is computed again
    NotComputed, // nobody has written it yet on this branch
};

struct OutputChange {
    ValueId value;
    std::optional<TensorDifference> difference; // empty: type or shape changed
    graph::Tensor before, after;
};

// What an edit did to the outputs of the root.
struct RerunReport {
    std::uint64_t computed = 0; // instructions carried out
    std::uint64_t reused = 0; // that do not depend on the edit, taken from the original's history or skipped
    std::vector<OutputChange> outputs;
};

class Debugger {
public:
    // At the start of the run. Errors are those of Execution::start.
    static Result<std::unique_ptr<Debugger>> create(std::shared_ptr<const plan::Plan> plan,
                                                    std::vector<graph::Tensor> inputs,
                                                    const DebugOptions& options);
    ~Debugger();

    const plan::Plan& plan() const; // of the current branch
    DebugState state() const;       // with what the last movement stopped for

    DebugState go(const Movement& movement);
    // Back to the start of the current branch's run; breakpoints and branches stay.
    DebugState restart();

    // The whole list; ids of new ones (invalid) are given, hits of known ids are kept. Usage for a condition
    // that needs what is not there (references, earlier runs).
    Result<std::vector<Breakpoint>> setBreakpoints(std::vector<Breakpoint> breakpoints);
    const std::vector<Breakpoint>& breakpoints() const;

    Availability availability(ValueId value) const;
    // The tensor at the current event. For one that was freed: the last that was written, computed again, the
    // current event stays where it is; Usage when nobody has written it.
    Result<graph::Tensor> tensor(ValueId value);
    // Instructions that wrote what the value holds, and that read it so far, as positions; for jumps.
    std::optional<std::uint64_t> writtenAt(ValueId value) const;

    Result<DebugState> apply(const Edit& edit);
    Result<DebugState> choose(BranchId branch); // at the same position where it has one, else its last
    // Runs the current branch and its parent to the end, computing only what the edit affects; then stays
    // where it was.
    Result<RerunReport> rerun();

    void setHistoryBudget(std::int64_t bytes);
    exec::ExecutionState capture() const; // for tests: two equal places have identical states

private:
    class Impl;
    explicit Debugger(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace orrery::debug
