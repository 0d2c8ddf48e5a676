#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which values may go to which inputs of the dataflow graph, and how well: by scope and order of execution,
// then by what inference says of the reader alone with the new value, in a small model of one node. Also what
// stands behind the edges and ports of the picture. Borrows the model and the typed graph.

#include "views/canvas/canvas_edits.h"
#include "views/document/document.h"

#include <unordered_set>

namespace orrery::panels {

// The value behind an output port; invalid when there is none.
ValueId valueOf(const graph::Graph& graph, const canvas::Port& port);
// The node of a key; invalid for pills and places.
NodeId nodeOf(const graph::Graph& graph, std::uint64_t key);
// The use behind an edge of the picture; nothing for one that cannot be edited.
std::optional<graph::Use> useOf(const graph::Graph& graph, const canvas::EdgeRef& edge);

// Whether a node makes sense with the value as its input; unknown types fit everywhere.
canvas::Fit typeFit(const graph::Model& model, const graph::Graph& typed, NodeId node, std::size_t slot,
                    ValueId value);

// Where one value may go.
class LinkTargets {
public:
    LinkTargets(const graph::Model& model, const graph::Graph& typed, ValueId value);

    bool isPossible(NodeId node) const;
    canvas::Fit fit(NodeId node, std::size_t slot) const;

private:
    const graph::Model& m_model;
    const graph::Graph& m_typed;
    ValueId m_value;
    std::unordered_set<NodeId> m_makers; // all that the value depends on
};

// Slots that a node shows: those it has, those it needs, and one more where it takes more.
std::size_t shownInputs(const graph::Node& node);
QString inputName(const graph::Model& model, const graph::Node& node, std::size_t slot);

} // namespace orrery::panels
