#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Clean-up tools that do not change what a model computes but for one dim of its inputs: names of nodes taken
// away or given, nodes sorted into the order in which they can run, the batch made a number or a name.

#include "engine/edit/clean_up.h"
#include "engine/ops/op_spec.h"

namespace orrery::edit {

// The names of all nodes and the documentation of nodes and graphs; values keep theirs, which link them.
Result<CleanUp> stripNames(const graph::Model& model);
// Nodes and values without a name get one.
Result<CleanUp> nameAll(const graph::Model& model);
// In the main graph and in bodies; the model's functions stay.
Result<CleanUp> sortAll(const graph::Model& model);

// Dim 0 of all graph inputs that have one. A Reshape to a constant in which the batch so far is written as
// the first dim gets what is right for the new one: 0, the dim of its input, where that is the batch, else -1
// where there is none, else the number. Refused where another Reshape stands in the way, which is named.
struct Batch {
    std::string name;         // not empty: any number, by this name
    std::int64_t number = -1; // else this one
};
Result<CleanUp> fixBatch(const graph::Model& model, const ops::OpRegistry& ops, const Batch& batch);

} // namespace orrery::edit
