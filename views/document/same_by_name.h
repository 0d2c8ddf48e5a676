#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SameByName: which entry of one graph is which of another that was made of it, as a file that was saved and
// read again, whose ids differ: the same id where that makes the same, else a node by the name of its first
// result and its operator, a value by its name. Refers to both graphs.

#include "engine/graph/graph.h"

#include <string_view>
#include <unordered_map>

namespace orrery::document {

class SameByName {
public:
    SameByName(const graph::Graph& from, const graph::Graph& to);

    bool isIdentity() const { return m_isIdentity; } // of every node
    // Invalid where there is none.
    NodeId operator()(NodeId node) const;
    ValueId operator()(ValueId value) const;

private:
    const graph::Graph& m_from;
    const graph::Graph& m_to;
    bool m_isIdentity = true;
    std::unordered_map<std::string_view, ValueId> m_values; // of `to`, by name; only where ids differ
};

} // namespace orrery::document
