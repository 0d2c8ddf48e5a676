#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NodeHints: what the plan hints in force say of some nodes of a compute graph, and how they change when the
// user wants something else of all of these. Hints name values and nodes; a node that was merged out of
// several is kept apart as all of them. Pure functions over what they are given; nothing here compiles.

#include "engine/passes/plan_hints.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::document {

enum class PlaceWish : std::uint8_t { Own, OutOfPlace, JoinInputs };

// What is wanted of one node.
struct NodeWish {
    std::set<std::string> keptApartFrom; // passes
    std::int64_t threads = 0;            // at most; 0: all of the run
    std::string kernel;                  // empty: its own
    PlaceWish place = PlaceWish::Own;
    std::optional<graph::DataType> held; // its first output
    bool isComputedAgain = false;        // for each reader

    friend bool operator==(const NodeWish&, const NodeWish&) = default;
};

class NodeHints {
public:
    // The graphs outlive it; the nodes are of the compute graph, each with an output that has a name.
    NodeHints(const graph::Graph& dataflow, const graph::Graph& compute, std::vector<NodeId> nodes);

    const std::vector<NodeId>& nodes() const { return m_nodes; }
    NodeWish wish(const passes::PlanHints& hints, NodeId node) const;

    // The hints in which this is wanted of all the nodes, and the rest is as in `hints`.
    passes::PlanHints withPass(passes::PlanHints hints, const std::string& pass, bool mayTouch) const;
    passes::PlanHints withThreads(passes::PlanHints hints, std::int64_t threads) const; // 0: all
    passes::PlanHints withKernel(passes::PlanHints hints, const std::string& kernel) const;
    passes::PlanHints withPlace(passes::PlanHints hints, PlaceWish place) const;
    passes::PlanHints withHeld(passes::PlanHints hints, std::optional<graph::DataType> type) const;
    passes::PlanHints withRecompute(passes::PlanHints hints, bool isComputedAgain) const;
    // Those that name none of the nodes.
    passes::PlanHints without(const passes::PlanHints& hints) const;
    // The others.
    passes::PlanHints only(const passes::PlanHints& hints) const;

    // Nodes that take the first output, by the names that hints give them; as they would be without hints
    // about that value.
    std::vector<std::string> readers(const passes::PlanHints& hints, NodeId node) const;

private:
    std::vector<std::string> originNames(NodeId node) const;
    std::set<std::string> allOriginNames() const;

    const graph::Graph& m_dataflow;
    const graph::Graph& m_compute;
    std::vector<NodeId> m_nodes;
    std::vector<std::string> m_names; // of their first outputs
    std::set<std::string> m_nameSet;
    graph::UseIndex m_uses;
};

// The nodes of the compute graph that hints are about.
std::set<NodeId> hintedNodes(const graph::Graph& dataflow, const graph::Graph& compute,
                             const passes::PlanHints& hints);

} // namespace orrery::document
