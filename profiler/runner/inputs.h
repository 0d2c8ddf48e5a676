#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The tensors that a root is fed with: from files, and for the other inputs random values that depend on the
// seed and the input's place alone. Floating-point inputs get values uniform in [-1, 1), integers 0 or 1,
// bools false or true, strings "".

#include "engine/graph/graph.h"
#include "profiler/protocol/command.h"

#include <vector>

namespace orrery::runner {

// In the root's order. Usage, naming the input, for an unknown name or a dim that nothing says; BadFile for a
// file.
Result<std::vector<graph::Tensor>> makeInputs(const graph::Graph& graph, const graph::Root& root,
                                              const protocol::Run& run);

Result<graph::Tensor> randomTensor(graph::DataType type, graph::Dims dims, std::uint64_t seed);

} // namespace orrery::runner
