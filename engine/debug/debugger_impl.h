#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The insides of Debugger. One Execution is moved about: forward by carrying instructions out, anywhere else
// by restoring a kept state and carrying out what lies between. debugger.cpp answers questions and keeps the
// books, debugger_walk.cpp moves, debugger_goals.cpp knows where to, debugger_reverse.cpp searches backwards,
// debugger_edit.cpp makes branches and debugger_rerun.cpp compares them.

#include "engine/debug/branches.h"
#include "engine/debug/breakpoint_set.h"
#include "engine/debug/debugger.h"
#include "engine/debug/history.h"
#include "engine/debug/node_index.h"
#include "engine/debug/step_log.h"

#include <set>

namespace orrery::debug {

// How a walk ended.
enum class Walk { Arrived, End, Paused, Failed };

// When a walk keeps states.
struct Keeping {
    std::int64_t everyNs = 20'000'000;
    bool denserTowardsTarget = false;  // going back: for the next steps back
    std::int64_t targetElapsedNs = -1; // known once the walk has begun
};

// Catches what nodes have computed: for breakpoints, and of one node for whoever asks for it.
class OutputWatch final : public exec::ExecutionObserver {
public:
    void outputsReady(NodeId node) override;

    const exec::Execution* execution = nullptr;
    const BreakpointSet* breakpoints = nullptr;
    NodeId wanted; // whose outputs are caught when it has run

    std::vector<Computed> computed; // for breakpoints, since it was cleared
    std::optional<std::vector<graph::Tensor>> caught;
};

class Debugger::Impl {
public:
    Impl(std::shared_ptr<const plan::Plan> plan, const DebugOptions& options);
    Result<void> start(std::vector<graph::Tensor> inputs);

    // debugger.cpp
    const plan::Plan& plan() const { return *m_branches[m_branch].plan; }
    const graph::Graph& graph() const { return plan().graph(); }
    DebugState state() const;
    Result<std::vector<Breakpoint>> setBreakpoints(std::vector<Breakpoint> breakpoints);
    const std::vector<Breakpoint>& breakpoints() const { return m_breakpoints.list(); }
    Availability availability(ValueId value) const;
    Result<graph::Tensor> tensor(ValueId value);
    std::optional<std::uint64_t> writtenAt(ValueId value) const;
    void setHistoryBudget(std::int64_t bytes);
    exec::ExecutionState capture() const { return m_execution->capture(); }

    // debugger_goals.cpp
    DebugState go(const Movement& movement);
    DebugState restart();

    // debugger_edit.cpp
    Result<DebugState> apply(const Edit& edit);
    Result<DebugState> choose(BranchId branch);

    // debugger_rerun.cpp
    Result<RerunReport> rerun();

private:
    enum class Asking { Gate, Nobody };
    // Everything that makes the current place, to come back to.
    struct Here {
        exec::ExecutionState state;
        BranchId owner;
        BranchId following;
        std::int64_t elapsedNs = 0;
        std::int64_t sinceKeptNs = 0;
    };
    std::uint64_t position() const { return m_execution->position(); }
    NodeId nodeAt(std::uint64_t position) const; // of the current branch; invalid when not known
    std::uint32_t depthAt(std::uint64_t position) const;
    std::vector<StackFrame> stack() const;
    std::vector<NodeId> enteredBehind() const;
    std::optional<std::uint64_t> lastRun(NodeId node, std::uint64_t before) const;
    DebugState stopped(StopReason reason);
    DebugState refused(std::string message);

    // debugger_walk.cpp
    Here here() const;
    void comeBack(const Here& place);
    void load(BranchId owner, const KeptState& kept, BranchId following);
    void follow(BranchId branch);
    void enterForksHere();
    Result<void> carryOut();
    void keep();
    void keepWhenDue(const Keeping& keeping);
    Present present() const;
    bool mayGoOn(Asking asking);
    Walk failed(Error error);
    // Goes on until `there()` after an instruction. Pauses are between instructions, not before the first.
    template<class Predicate>
    Walk walk(const Keeping& keeping, Asking asking, Predicate&& there);
    // To a position of a branch, from the nearest state that is known.
    Walk reach(BranchId branch, std::uint64_t target, Keeping keeping = {}, Asking asking = Asking::Gate);
    Walk goOnTo(std::uint64_t target, Keeping keeping, Asking asking);
    // The nearest kept state at or before a position of a branch.
    void loadNearest(BranchId branch, std::uint64_t target);
    std::int64_t loggedNs(BranchId branch, std::uint64_t from, std::uint64_t to) const;

    // debugger_goals.cpp
    DebugState ended(Walk walk);
    DebugState goBackTo(std::uint64_t target);
    DebugState goTo(std::uint64_t target);
    DebugState stepForward(std::uint64_t count);
    DebugState stepBackward(std::uint64_t count);
    DebugState out(Direction direction);
    DebugState toNode(NodeId node, Direction direction);
    DebugState toWriter(ValueId value, Direction direction);
    DebugState continueForward();
    // The first instruction of the body that is given this value; invalid when it is no such value.
    NodeId firstReaderBlockNode(ValueId value) const;

    // debugger_reverse.cpp
    DebugState continueBackward();
    // The largest position below `before` for which `there(position)`; fills gaps of the log. Empty when
    // there is none; Paused or Failed when it did not get to an end.
    template<class Predicate>
    Walk findBackward(std::uint64_t before, Predicate&& there, std::optional<std::uint64_t>& found);
    Walk recallNodes(std::uint64_t position); // so that nodeAt() knows it and the one before
    bool mayHit(std::uint64_t position) const;
    void findHits(std::vector<Hit>& found);
    bool countHits(std::vector<Hit>& found);
    std::int64_t timeOf(NodeId node) const;

    // debugger_edit.cpp
    bool isBehind(NodeId node) const;
    std::uint64_t forkFor(std::span<const NodeId> affected) const;
    Result<std::vector<graph::Tensor>> outputsForSkip();
    Result<DebugState> applyAt(std::uint64_t from, const Edit& edit);
    void beOn(BranchId branch);

    // debugger_rerun.cpp
    class Rerun;

    DebugOptions m_options;
    std::vector<graph::Tensor> m_inputs;
    Branches m_branches;
    NodeIndex m_index;
    StepLog m_log;
    BreakpointSet m_breakpoints;
    OutputWatch m_watch;
    std::unique_ptr<exec::Execution> m_execution;
    std::unique_ptr<History> m_history;

    BranchId m_branch{0};    // the current one
    BranchId m_following{0}; // on whose way the execution is: the current one, or another for a while
    BranchId m_owner{0};     // to whom the execution's position belongs
    std::uint64_t m_forkAt;  // where the way leaves m_owner
    std::vector<BranchId> m_lineage{BranchId(0)};
    std::vector<std::uint64_t> m_mainRuns; // where the nodes of the main block ran last, by index
    std::int64_t m_elapsedNs = 0;
    std::int64_t m_sinceKeptNs = 0;
    std::uint64_t m_carriedOut = 0; // position of the instruction that was carried out, or tried, last

    StopReason m_reason = StopReason::Started;
    std::vector<Hit> m_hits, m_logged;
    std::optional<Error> m_error;
};

} // namespace orrery::debug
