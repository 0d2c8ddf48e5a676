#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The tensors that a root is fed with: from files, and for the other inputs random values that depend on the
// seed and the input's place alone. Floating-point inputs get values uniform in [-1, 1), integers 0 or 1,
// bools false or true, strings "".
// Where nothing says the first dim of an input (a batch, as a rule), it is taken to be 1, and a note says so.

#include "engine/graph/graph.h"
#include "profiler/protocol/command.h"

#include <vector>

namespace orrery::runner {

struct Inputs {
    std::vector<graph::Tensor> tensors; // in the root's order
    std::vector<Problem> notes;         // what was assumed
};

// Of the inputs that files are given for, by name. Errors as of makeInputs.
Result<std::map<std::string, graph::Dims>> shapesOfFiles(const graph::Graph& graph, const graph::Root& root,
                                                         std::span<const protocol::InputFile> files);

// Usage, naming the input, for an unknown name or a dim that nothing says; BadFile for a
// file.
Result<Inputs> makeInputs(const graph::Graph& graph, const graph::Root& root, const protocol::Run& run);

Result<graph::Tensor> randomTensor(graph::DataType type, graph::Dims dims, std::uint64_t seed);

} // namespace orrery::runner
