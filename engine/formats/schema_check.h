#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the ONNX standard demands beyond what Orrery needs to run a model: attributes that the operator has,
// those that it must have, numbers and element types of inputs and outputs in the model's version of the
// operator set, what bodies take and give, types and shapes of graph inputs and outputs. Warnings, since
// other programs refuse such a file. Operators of sets newer than the installed libonnx are left out.
// Thread-safe.

#include "engine/graph/model.h"

#include <vector>

namespace orrery::formats {

// types: of the values of the model's graph, by ValueId, as inferred; what is not known is not judged. A node
// that has an error among those found before is left out, so that nothing is told twice.
std::vector<Problem> checkSchemas(const graph::Model& model, const std::vector<graph::ValueType>& types,
                                  const std::vector<Problem>& found = {});

} // namespace orrery::formats
