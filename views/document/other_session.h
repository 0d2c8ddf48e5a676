#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where a node or input of a graph that another session of the same model made is in the document's graphs.
// Ids do not outlive a session; names of values do.

#include "views/document/document.h"

namespace orrery::document {

// In the document's compute graph by the name of the first output, else the dataflow node that it came from.
// Invalid when it is in neither.
CurrentNode nodeFrom(const Document& document, const graph::Graph& other, NodeId node);

// An input of the main graph, by its name. Invalid when there is none.
CurrentNode inputFrom(const Document& document, const graph::Graph& other, ValueId input);

} // namespace orrery::document
