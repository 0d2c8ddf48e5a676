#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Recorded values to compare a run with, by value name: an .npz, whose entries have the names of values, or a
// folder of ONNX test data, whose output_0.pb, output_1.pb … are the outputs of the root.

#include "engine/graph/graph.h"

#include <map>
#include <string>

namespace orrery::runner {

Result<std::map<std::string, graph::Tensor>>
readReferences(const std::string& path, const graph::Graph& graph, const graph::Root& root);

} // namespace orrery::runner
