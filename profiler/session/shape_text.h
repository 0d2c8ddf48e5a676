#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Shapes as the trace writes them: "1x3x224x224", "?" for an unknown dim, "scalar" for rank 0. A symbolic dim
// is its bare name when it has letters, digits and "_" only and no "x", else it stands in brackets:
// "[max_len]x80", "[(H - 1) / 2 + 1]x4".

#include "engine/graph/shape.h"

#include <optional>
#include <string>
#include <string_view>

namespace orrery::session {

std::string shapeText(const graph::Shape& shape);
std::optional<graph::Shape> shapeOf(std::string_view text); // nullopt for what is no shape

} // namespace orrery::session
