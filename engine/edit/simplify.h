#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Simplify: what can go without changing a result, as one edit to be looked at before it is made: constants
// folded, pairs cancelled, identities, duplicates and what nothing reads removed, by the passes that compile
// a model, until nothing is left to do. In bodies as in the main graph; bodies of the model's functions stay.

#include "engine/edit/clean_up.h"
#include "engine/ops/op_spec.h"

#include <set>

namespace orrery::edit {

// One sort of what can go: a pass and what a person calls it.
struct SimplifyKind {
    std::string_view pass;
    std::string_view title; // "Constants"
    std::string_view doc;   // one sentence
};
const std::vector<SimplifyKind>& simplifyKinds(); // in the order in which they run

// `kinds` by their pass; empty means all. The model's own errors are no hindrance where the passes can work
// around them; else theirs are told.
Result<CleanUp> simplify(const graph::Model& model, const ops::OpRegistry& ops,
                         const std::set<std::string>& kinds = {}, const Progress& progress = {});

} // namespace orrery::edit
