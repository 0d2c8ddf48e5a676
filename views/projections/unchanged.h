#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Unchanged: which nodes and values of a graph look just as they did in an earlier state of it, so that their
// texts need not be made again. It compares what pictures show, content with content: the two may as well be
// of different models. Linear in nodes and values; borrows both graphs.

#include "engine/graph/graph.h"

#include <vector>

namespace orrery::projections {

class Unchanged {
public:
    Unchanged(const graph::Graph& before, const graph::Graph& now);

    // The node itself, and name, type and constant of all that it reads and makes.
    bool node(NodeId id) const;
    // Name, type and constant.
    bool value(ValueId id) const { return id.index() < m_values.size() && m_values[id.index()]; }

private:
    const graph::Graph& m_before;
    const graph::Graph& m_now;
    std::vector<bool> m_values; // by ValueId
};

} // namespace orrery::projections
