#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ONNX text → ModelProto. The grammar is that of ONNX's own text syntax in its newer form (quoted names, node
// labels, overloads, tensors in external files); README.md has it in full. Nesting is bounded.

#include "engine/formats/format.h"
#include "engine/formats/onnx_proto.h"

namespace orrery::formats {

Result<void> parseText(std::string_view text, const ReadLimits& limits, onnx::ModelProto& model);

// As parseText(), and a list of nodes alone, too: it becomes a graph without inputs and outputs. Appends
// where each node of the main graph begins, in the order of the text.
Result<void> parseTextPiece(std::string_view text, const ReadLimits& limits, onnx::ModelProto& model,
                            std::vector<std::size_t>& nodeOffsets);

bool isTypeWord(std::string_view word); // float … seq, map, optional, sparse_tensor

} // namespace orrery::formats
