#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// DebugSession: one model being debugged in a runner; used by the prompt and by the window alike. Calls block
// and belong to one thread, but for pause() and kill(). When the runner dies (crash, time limit, kill()) the
// call returns RunnerDied naming signal and node; the session is then `dead` and revive() starts another
// runner with the same inputs and edits, just before the node that ended the last one.

#include "engine/debug/debug_state.h"
#include "engine/debug/debugger.h"
#include "engine/debug/divergence.h"
#include "profiler/session/session.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orrery::session {

struct DebugOptions {
    SessionOptions session;                  // OptimizeLevel::None steps over the dataflow graph
    std::vector<protocol::InputFile> inputs; // the others are filled from the seed
    std::uint64_t seed = 0;
    int threads = 1;
    std::int64_t memoryLimitBytes = -1;
    double timeLimitSeconds = -1; // for one call; -1: none
    std::int64_t historyBudgetBytes = std::int64_t(1) << 30;
    std::string referencePath; // .npz, or a folder with output_0.pb …; for `difference > x`; may be empty
    std::string earlierTracePath; // for `time > p95`; may be empty
};

using protocol::BlockOrder; // execution order of one region

struct CapturedTensor {
    graph::Tensor tensor; // mapped from memory shared with the runner; stays valid after the session
    debug::Availability availability = debug::Availability::Alive; // at the current event
    std::optional<std::uint64_t> writtenAt;
};

enum class Recompute : std::uint8_t { No, Yes };

struct BadValueQuery {
    double overflowAbove = 0; // 65504 for float16; 0: NaN and infinities only
};

class DebugSession {
public:
    static Result<std::unique_ptr<DebugSession>> open(const std::string& modelPath,
                                                      const DebugOptions& options);
    ~DebugSession();

    const protocol::Opened& opened() const;             // `compute` is the graph that is stepped
    const graph::Graph& graph() const;                  // the stepped graph as the current branch has it
    const std::vector<graph::ValueType>& types() const; // by ValueId, for these inputs
    const std::vector<BlockOrder>& order() const;       // main first
    const std::vector<Problem>& notes() const;          // what was assumed about the inputs
    const debug::DebugState& state() const;             // the last that is known
    const protocol::Hello& runner() const;              // with what it is kept from doing
    bool dead() const;

    Result<debug::DebugState> go(const debug::Movement& movement);
    Result<debug::DebugState> restart();
    void pause(); // the running call stops before the next instruction
    void kill();  // for a node that does not come back; the running call returns RunnerDied
    Result<debug::DebugState> revive();
    // In the call under way: what the runner is at; invalid ids when it does not say.
    NodeId runningNode() const;

    Result<std::vector<debug::Breakpoint>> setBreakpoints(std::vector<debug::Breakpoint> breakpoints);
    const std::vector<debug::Breakpoint>& breakpoints() const;

    // Usage when nobody has written the value; with Recompute::No also when it was freed ("not captured").
    Result<CapturedTensor> tensor(ValueId value, Recompute recompute);
    Result<debug::DebugState> apply(const debug::Edit& edit);
    // The value becomes what the expression gives (engine/debug/expression.h).
    Result<debug::DebugState> assign(ValueId value, const std::string& expression);
    Result<graph::Tensor> evaluate(const std::string& expression);
    Result<debug::DebugState> choose(BranchId branch);
    Result<debug::RerunReport> rerun();
    Result<debug::DebugState> setHistoryBudget(std::int64_t bytes);

    // From the start: stops just after the first node that makes a NaN, an infinity or too large a number.
    Result<debug::DebugState> findBadValue(const BadValueQuery& query);

private:
    class Impl;
    explicit DebugSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

// First divergence of a model, in a runner of its own. With a referencePath (.npz with tensors by value name,
// or a folder with output_0.pb …) against that, else against the plan with `referenceOptimize`.
struct DivergenceRequest {
    DebugOptions debug; // the subject
    passes::OptimizeLevel referenceOptimize = passes::OptimizeLevel::None;
    std::string referencePath;
    double tolerance = 1e-3;
    debug::Rounding rounding = debug::Rounding::None;
};
struct DivergenceOutcome {
    protocol::Opened opened; // of the subject
    debug::DivergenceReport report;
};
Result<DivergenceOutcome> findDivergence(const std::string& modelPath, const DivergenceRequest& request,
                                         const std::function<bool(std::uint64_t, std::uint64_t)>& goOn);

} // namespace orrery::session
