#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Arguments of the prompt's commands that are neither nodes nor values. All errors are Usage and show what is
// allowed.

#include "engine/graph/attribute.h"
#include "engine/graph/graph.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::prompt {

Result<std::uint64_t> parseCount(std::string_view text, std::uint64_t least);
// "64", "16MB", "1.5 GiB", "unlimited"; K, M and G are powers of 1,024.
Result<std::int64_t> parseBytes(std::string_view text);

// What an attribute is of; from the node that has it, else from the operator's documentation.
enum class AttributeKind { Int, Float, String, Tensor, Ints, Floats, Strings };

// The value of `NAME=VALUE`: 3, 0.5, text, "text", [1, 2], or a .npy or .pb file for a tensor; nothing takes
// the attribute away.
Result<graph::AttributeValue> parseAttribute(std::string_view text, const graph::Node& node,
                                             std::string_view name, std::int64_t opsetVersion);

} // namespace orrery::prompt
