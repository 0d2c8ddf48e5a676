#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Names that are not taken yet. Values share one set over all regions, so that a new name neither clashes nor
// hides another; nodes have a set of their own. Made once for an action, linear in the graph; borrows it.

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
    std::string takeForValue(std::string_view wish) { return take(m_values, wish); }
    std::string takeForNode(std::string_view wish) { return take(m_nodes, wish); }

private:
    using Set = std::unordered_set<std::string_view>;
    std::string take(Set& set, std::string_view wish);

    Set m_values, m_nodes;
    std::deque<std::string> m_taken; // what the sets hold beside the graph's names
};

} // namespace orrery::edit
