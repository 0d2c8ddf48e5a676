#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Execution: a Plan being run. Holds the program counter (a stack of frames, one for each body entered), the
// values and the arena; step() carries out the next instruction, run() steps to the end. One thread uses an
// Execution; kernels may use the thread pool that it was given. After a run the same Execution can be started
// again with other inputs; the arena and the memory plan are kept while the shapes stay the same.

#include "engine/exec/execution_state.h"
#include "engine/exec/gate.h"
#include "engine/exec/observer.h"
#include "engine/exec/storage.h"
#include "engine/exec/thread_pool.h"
#include "engine/plan/memory_plan.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace orrery::exec {

struct ExecutionOptions {
    int threads = 1;
    Storage storage = Storage::Arena;
    std::int64_t memoryLimitBytes = -1; // of live tensor bytes, weights excluded; -1: none
    std::uint64_t seed = 0;
    ExecutionObserver* observer = nullptr; // borrowed; null: not watched
    Gate* gate = nullptr;                  // borrowed; null: always Go
};

enum class StepResult { Stepped, Finished };
enum class RunResult { Finished, Paused, Stopped };

struct MemoryUse {
    std::int64_t weightBytes = 0;
    std::int64_t arenaBytes = 0; // planned peak
    std::int64_t lowerBoundBytes = 0;
    std::int64_t peakLiveBytes =
        0; // measured: planned and dynamic values and workspaces alive at once, inputs included
    std::int64_t liveBytes = 0; // of these, now
    std::int64_t heldBytes =
        0; // of the heap, now: the arena, values outside of it, work space kept for later
};

// A buffer that is in use, by the value that holds it.
struct LiveValue {
    ValueId value;
    NodeId producer;   // invalid: an input of the run
    NodeId nextReader; // invalid: an output of the run, or nobody reads it any more
    std::int64_t bytes = 0;
};

class Execution {
public:
    static Result<std::unique_ptr<Execution>> create(std::shared_ptr<const plan::Plan> plan,
                                                     const ExecutionOptions& options);
    ~Execution();

    // Sets the inputs of the root in its order and goes to the first instruction. Plans memory when shapes
    // are new. Usage when count, type or a known dim does not fit, naming the input. Tells the observer of
    // the new step (numbered from 0) before the first allocation; reaching the end tells it of the step's
    // end.
    Result<void> start(std::vector<graph::Tensor> inputs);

    // Carries out the next instruction; for control flow that is entering its body, and leaving it comes with
    // the last instruction inside. An error names the node, and the Execution must be started again or
    // restored.
    Result<StepResult> step();
    // Steps until the end or until the gate says otherwise; the gate is asked before each instruction.
    Result<RunResult> run();

    bool finished() const;
    NodeId next() const;                   // the node that step() would carry out; invalid when finished
    std::uint64_t position() const;        // step() calls since the start
    std::span<const Frame> frames() const; // main first; empty when finished

    // The outputs of the root, after the run has finished; they stay valid after the Execution is gone.
    std::vector<graph::Tensor> outputs() const;
    // The tensor that a value holds now; null when it has none (not computed yet, or already freed).
    const graph::Tensor* value(ValueId id) const;

    // The rest needs Storage::Shared.
    ExecutionState capture() const;
    // Of this Execution's plan, or of a variant of it that differs after the state's position only.
    void restore(const ExecutionState& state);
    // Goes on with a variant of the plan (see plan::Plan::variant) from the current position.
    void usePlan(std::shared_ptr<const plan::Plan> variant);
    // Replaces what a live value or an input holds, with any type and dims. Usage for a value that is not
    // alive, or a constant.
    Result<void> setValue(ValueId id, graph::Tensor tensor);
    // Instead of step(): the outputs of the next instruction become these tensors (undefined ones for
    // omitted outputs), nothing is computed. Usage when their number is wrong.
    Result<StepResult> skip(std::vector<graph::Tensor> outputs);
    std::vector<ValueId> liveValues() const; // sorted, without constants
    std::int64_t liveBytes() const;
    // What makes up liveBytes(), largest first, work space aside. Also after a step that failed.
    std::vector<LiveValue> whatIsAlive() const;

    const plan::Plan& plan() const;
    MemoryUse memoryUse() const;
    const plan::MemoryPlan& memoryPlan() const;

private:
    class Impl;
    explicit Execution(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace orrery::exec
