#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A look at an ONNX protobuf before protobuf parses it: one pass over the wire format, without recursion and
// without allocating per field, that finds the first damaged byte and counts nodes, attributes, subgraphs,
// functions and nesting against the limits. So a hostile file is refused before memory is spent on it, with
// the byte offset and field path that protobuf does not report.

#include "engine/base/result.h"
#include "engine/formats/format.h"

#include <string_view>

namespace orrery::formats {

enum class WireRoot { Model, Tensor };

Result<void> checkWire(std::string_view bytes, const ReadLimits& limits, WireRoot root = WireRoot::Model);

} // namespace orrery::formats
