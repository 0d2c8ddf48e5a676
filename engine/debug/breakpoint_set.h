#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// BreakpointSet: the breakpoints of a session, matched against a plan. A byte for each node says whether
// somebody wants to stop before it or look at what it has computed; only then is anything else asked.
// Finding and counting are apart, because on the way back hits are found first to last and counted last to
// first.

#include "engine/debug/breakpoint.h"
#include "engine/debug/shape_log.h"

#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

namespace orrery::debug {

enum NodeFlag : std::uint8_t { StopsBefore = 1, LooksAfter = 2, LogsShapes = 4 };

// What a node with LooksAfter has just computed; undefined for omitted outputs.
struct Computed {
    NodeId node;
    std::vector<graph::Tensor> outputs;
    std::int64_t ns = -1;
};

// Where and when one asks.
struct Moment {
    BranchId owner;
    std::uint64_t position = 0; // that the execution has now
    const Branches& branches;
};

enum class Counted { Passed, Logged, Stops };

class BreakpointSet {
public:
    BreakpointSet(const std::map<NodeId, std::int64_t>& p95Ns,
                  const std::map<ValueId, graph::Tensor>& references)
        : m_p95Ns(p95Ns)
        , m_references(references)
    {}

    // Ids of new ones are given, hits of known ones are kept. Usage for what does not fit the plan.
    Result<void> set(std::vector<Breakpoint> breakpoints, const plan::Plan& plan);
    void match(const plan::Plan& plan); // which must live until the next
    const std::vector<Breakpoint>& list() const { return m_breakpoints; }

    bool empty() const { return m_before.empty() && m_after.empty(); }
    std::uint8_t flags(NodeId node) const { return m_flags[node.index()]; }

    // Hits of those that stop before `next`.
    void findBefore(NodeId next, const Moment& moment,
                    const std::function<const graph::Tensor*(ValueId)>& tensorOf,
                    std::vector<Hit>& found) const;
    // Hits of those that look at what has been computed.
    void findAfter(const Computed& computed, const Moment& moment, std::vector<Hit>& found);
    // Whether nothing but unconditional ones stop before `node`: then hits follow without computing.
    bool onlyPlainBefore(NodeId node) const;

    // Enabled, ignored, once, only logged: what becomes of a hit.
    Counted count(const Hit& hit);
    void restart() { m_shapes.restart(); }

private:
    struct Target {
        BreakpointId breakpoint;
        std::optional<std::size_t> output; // of the node; none: any
        ValueId bodyInput;                 // that is looked at before the node; invalid: none
    };
    using Targets = std::unordered_map<NodeId, std::vector<Target>>;

    Result<void> check(const Breakpoint& breakpoint, const plan::Plan& plan) const;
    void matchNode(const graph::Node& node, const Breakpoint& breakpoint);
    void matchBodyInput(const plan::Plan& plan, const Breakpoint& breakpoint);
    const Breakpoint* byId(BreakpointId id) const;

    const std::map<NodeId, std::int64_t>& m_p95Ns;
    const std::map<ValueId, graph::Tensor>& m_references;
    std::vector<Breakpoint> m_breakpoints;
    const plan::Plan* m_plan = nullptr; // that was matched
    std::uint32_t m_nextId = 1; // people count from 1
    std::vector<std::uint8_t> m_flags;
    Targets m_before, m_after;
    ShapeLog m_shapes;
};

} // namespace orrery::debug
