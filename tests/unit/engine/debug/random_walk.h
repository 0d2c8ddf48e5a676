#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Random walks through an execution, each compared at its end with a run that was never moved back. The
// states of that run are kept as fingerprints of everything that a state holds, bytes of all tensors
// included.

#include "engine/debug/debugger.h"

#include <random>
#include <string>
#include <vector>

namespace orrery::test {

struct Fingerprint {
    std::uint64_t a = 0, b = 0;
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
Fingerprint fingerprint(const exec::ExecutionState& state);

// One straight run.
struct FreshRun {
    std::vector<Fingerprint> states; // by position, the end included
    std::vector<NodeId> nodes;       // by position
};
Result<FreshRun> freshRun(const std::shared_ptr<const plan::Plan>& plan,
                          const std::vector<graph::Tensor>& inputs, int threads, std::uint64_t seed);

struct WalkCounts {
    std::uint64_t walks = 0, moves = 0, stopsAtBreakpoints = 0, tensorsComputedAgain = 0;
};

class RandomWalk {
public:
    RandomWalk(debug::Debugger& debugger, const FreshRun& fresh, std::uint64_t seed)
        : m_debugger(debugger)
        , m_fresh(fresh)
        , m_random(seed)
    {}

    // Some movements, then the comparison; empty when all is well, else what went wrong.
    std::string walk(int moves);
    const WalkCounts& counts() const { return m_counts; }

private:
    std::uint64_t pick(std::uint64_t below) { return below == 0 ? 0 : m_random() % below; }
    debug::Breakpoint randomBreakpoint();
    debug::Movement randomMovement();
    std::string continueAndCheck(debug::Direction direction);
    std::string lookAtSomething();
    std::string compare(const std::string& after);

    debug::Debugger& m_debugger;
    const FreshRun& m_fresh;
    std::mt19937_64 m_random;
    WalkCounts m_counts;
};

} // namespace orrery::test
