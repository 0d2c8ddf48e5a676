#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ONNX text → ModelProto. The grammar is that of ONNX's own text syntax in its newer form (quoted names, node
// labels, overloads, tensors in external files); README.md has it in full. Nesting is bounded.

#include "engine/formats/format.h"
#include "engine/formats/onnx_proto.h"

namespace orrery::formats {

Result<void> parseText(std::string_view text, const ReadLimits& limits, onnx::ModelProto& model);

bool isTypeWord(std::string_view word); // float … seq, map, optional, sparse_tensor

} // namespace orrery::formats
