#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CleanUp: what a tool that goes over a whole model found to do, to be looked at and measured before it is
// made: one edit, the model as it would be, what was counted before and after, and each node with what
// happens to it. Made by simplify.h, convert_opset.h, convert_float.h and the others of this folder.

#include "engine/base/result.h"
#include "engine/graph/edit.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace orrery::edit {

struct GraphCounts {
    std::size_t nodes = 0;          // of all graphs, bodies included
    std::int64_t constantBytes = 0; // of initializers and of Constant nodes
    std::int64_t outsideBytes = 0;  // those of them that are not stored in the model file
    std::map<std::string, std::size_t> byOperator;

    friend bool operator==(const GraphCounts&, const GraphCounts&) = default;
};
GraphCounts countsOf(const graph::Graph& graph);

// One node of the model as it is; an invalid id stands for the model as a whole.
struct TouchedNode {
    std::string kind; // what the tool calls this sort of change: "identity", "opset"
    NodeId node;
    std::string name; // as displayed
    std::string opType;
    std::string what; // "goes: its input is handed on"
};

struct CleanUp {
    graph::Edit edit; // one named step; does nothing when `changes` is false
    bool changes = false;
    std::shared_ptr<const graph::Model> after;
    GraphCounts before, afterwards;
    std::vector<TouchedNode> touched;
    std::vector<std::string> notes; // what was left as it is, and why
};

// Asked now and then by what may take long, with what is done so far, from 0 to 1; false: stop, and Cancelled
// comes out.
using Progress = std::function<bool(double)>;
Result<void> report(const Progress& progress, double done);

// The edit from one model to the other, and the counts of both.
Result<CleanUp> cleanUpOf(const graph::Model& before, graph::Model after, std::string name,
                          std::vector<TouchedNode> touched);

TouchedNode touchedNode(const graph::Graph& graph, NodeId node, std::string kind, std::string what);

} // namespace orrery::edit
