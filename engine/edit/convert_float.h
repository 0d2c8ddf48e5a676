#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// float to float16 or bfloat16, but for what is to be kept: operators that are fragile or that the standard
// wants in float, nodes that the user names, nodes with a constant beyond the type's range, bodies and
// whatever holds them, calls of functions. Casts stand where the two meet. The graph's inputs and outputs
// stay float unless told otherwise.

#include "engine/edit/clean_up.h"
#include "engine/ops/op_spec.h"

#include <set>

namespace orrery::edit {

enum class OuterTypes : std::uint8_t { Kept, Converted };

struct FloatOptions {
    graph::DataType type = graph::DataType::Float16; // or BFloat16
    std::set<std::string> keepOperators;
    std::set<NodeId> keepNodes;
    OuterTypes inputsAndOutputs = OuterTypes::Kept;
};

// Sums over many elements, exponentials, and what takes float only: "CumSum", "Resize" …
const std::set<std::string>& operatorsKeptInFloat();

Result<CleanUp> convertFloat(const graph::Model& model, const ops::OpRegistry& ops,
                             const FloatOptions& options, const Progress& progress = {});

} // namespace orrery::edit
