#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Names that are not taken yet. Values share one set over all regions, so that a new name neither clashes nor
// hides another; nodes have a set of their own. Made for an action, and borrows its graph. A few names are
// looked for one by one, each in one walk over the graph; for more, sets are made.

#include "engine/graph/graph.h"

#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace orrery::edit {

class Names {
public:
    explicit Names(const graph::Graph& graph);

    // The wish itself, else with the first free number behind it: "relu", "relu_1". Taken from now on.
    std::string takeForValue(std::string_view wish) { return take(Kind::Value, wish); }
    std::string takeForNode(std::string_view wish) { return take(Kind::Node, wish); }

private:
    enum class Kind { Value, Node };
    using Set = std::unordered_set<std::string_view>;
    std::string take(Kind kind, std::string_view wish);
    bool isTaken(Kind kind, const std::string& name);
    void makeSets();

    const graph::Graph& m_graph;
    int m_walks = 0;
    bool m_hasSets = false;
    Set m_values, m_nodes;           // those taken; with sets, those of the graph, too
    std::deque<std::string> m_taken; // keeps their text
};

} // namespace orrery::edit
