#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of apply(): one function for each primitive edit of a graph. Each checks everything first, then
// changes; a refusal leaves the graph as it was, but for unused slots.

#include "engine/graph/edit.h"

namespace orrery::graph::editing {

Result<Edit> change(Graph& graph, const AddNode& edit);
Result<Edit> change(Graph& graph, const RemoveNode& edit);
Result<Edit> change(Graph& graph, const MoveNode& edit);
Result<Edit> change(Graph& graph, const Connect& edit);
Result<Edit> change(Graph& graph, const SetInputs& edit);
Result<Edit> change(Graph& graph, const SetOutputs& edit);
Result<Edit> change(Graph& graph, const SetNodeFields& edit);

Result<Edit> change(Graph& graph, const InsertAttribute& edit);
Result<Edit> change(Graph& graph, const EraseAttribute& edit);
Result<Edit> change(Graph& graph, const ReplaceAttribute& edit);

Result<Edit> change(Graph& graph, const AddValues& edit);
Result<Edit> change(Graph& graph, const RemoveValues& edit);
Result<Edit> change(Graph& graph, const SetValueName& edit);
Result<Edit> change(Graph& graph, const SetValueType& edit);
Result<Edit> change(Graph& graph, const SetInitializer& edit);

Result<Edit> change(Graph& graph, const InsertInList& edit);
Result<Edit> change(Graph& graph, const EraseFromList& edit);
Result<Edit> change(Graph& graph, const MoveInList& edit);
Result<Edit> change(Graph& graph, const SetRegionFields& edit);
Result<Edit> change(Graph& graph, const SetRoots& edit);

// Shared checks. Usage, naming the entry.
Error refused(std::string message, std::string where = {});
std::string nameOf(const Value& value); // "value "x"", "value #12"
Result<void> needNode(const Graph& graph, NodeId id);
Result<void> needValue(const Graph& graph, ValueId id);
Result<void> needRegion(const Graph& graph, RegionId id);
bool aliveRegion(const Graph& graph, RegionId id);
// The first of `values` that a node, list or root outside of the removed regions refers to; null where none
// is.
struct Reference {
    ValueId value;
    std::string by; // "Conv \"c1\" reads it"
};
std::optional<Reference> referenceTo(const Graph& graph, const std::vector<bool>& values,
                                     const std::vector<bool>& removedRegions);

} // namespace orrery::graph::editing
