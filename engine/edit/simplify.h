#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Simplify: what can go without changing a result, as one edit to be looked at before it is made: constants
// folded, identities and what nothing reads removed, by the passes that compile a model, until nothing is
// left to do.

#include "engine/graph/edit.h"
#include "engine/ops/op_spec.h"

#include <map>
#include <string>

namespace orrery::edit {

struct Simplified {
    graph::Edit edit; // does nothing when the counts are equal
    std::size_t nodesBefore = 0, nodesAfter = 0;
    std::int64_t constantBytesBefore = 0, constantBytesAfter = 0;
    std::map<std::string, std::size_t> removed; // nodes by operator
};

// The model's own errors are no hindrance where the passes can work around them; else theirs are told.
Result<Simplified> simplify(const graph::Model& model, const ops::OpRegistry& ops);

} // namespace orrery::edit
