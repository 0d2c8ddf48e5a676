#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Fixes: edits that take a problem away, to be offered with it and made by one click. A fix for inputs that
// do not go together (a Cast, Transpose, Unsqueeze, Flatten, another attribute) is tried before it is
// offered: on a small model of the node, what it reads and who reads it, by inference; those come first after
// which the readers, too, hold. Thread-safe; borrows nothing.

#include "engine/graph/edit.h"
#include "engine/ops/op_spec.h"

#include <string>
#include <vector>

namespace orrery::edit {

struct Fix {
    std::string title; // "Insert Cast to float at input 1"
    graph::Edit edit;  // one group
};

// The best first, at most `most`; empty when nothing is known that helps. `typed` is the model's graph with
// inferred types in its values.
std::vector<Fix> fixesFor(const graph::Model& model, const graph::Graph& typed, const ops::OpRegistry& ops,
                          const Problem& problem, std::size_t most = 4);

} // namespace orrery::edit
