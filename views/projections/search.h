#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Finding nodes in a DisplayGraph. A query is words that must all be found, in any case; a word may be
// narrowed with `type:`, `name:`, `shape:` or `attr:`. Results are keys in the picture's node order.

#include "views/canvas/display_graph.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace orrery::projections {

std::vector<std::uint64_t> search(const canvas::DisplayGraph& graph, std::string_view query);

// One text against one query, for tables: `type:` words look at opType, the others at name and opType.
bool matches(std::string_view query, std::string_view name, std::string_view opType);

} // namespace orrery::projections
