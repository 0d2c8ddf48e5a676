#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The operators of the standard from one version of their set to another, up or down, version by version: by
// a table of what each changed (opset_adapters.h). Works in bodies as in the main graph; functions of the
// model import versions of their own and stay. What cannot be said in the other version is told by its node,
// all of them, and nothing is changed. From opset 7 on; older models can be brought up.

#include "engine/edit/clean_up.h"
#include "engine/ops/op_spec.h"

namespace orrery::edit {

constexpr std::int64_t oldestOpset = 7, newestOpset = 23;

// Unsupported, with every node that is in the way (the first ten by name), when it cannot be done.
Result<CleanUp> convertOpset(const graph::Model& model, const ops::OpRegistry& ops, std::int64_t version,
                             const Progress& progress = {});

} // namespace orrery::edit
