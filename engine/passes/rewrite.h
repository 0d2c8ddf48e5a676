#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What passes share: origins, sole uses, taking a node out of a chain.

#include "engine/graph/graph.h"

#include <unordered_set>

namespace orrery::passes {

// Adds the origins of `from` to those of `into`, sorted and without duplicates.
void mergeOrigins(std::vector<NodeId>& into, const std::vector<NodeId>& from);

// The node that alone reads the value, in the same region and once; invalid when it has other uses or is a
// region's output.
NodeId soleReader(const graph::Graph& graph, const graph::UseIndex& uses, ValueId value);

bool isRegionOutput(const graph::UseIndex& uses, ValueId value);

// Every value that is an output of a region or of a named root: it keeps its name.
std::unordered_set<ValueId> listedOutputs(const graph::Graph& graph);

// Adds to the readers of `value` the origins given: for what was folded into a constant.
void addOriginsToReaders(graph::Graph& graph, const graph::UseIndex& uses, ValueId value,
                         const std::vector<NodeId>& origins);

// A loaded constant tensor; null when the value is none.
const graph::Tensor* constantTensor(const graph::Graph& graph, ValueId value);

} // namespace orrery::passes
