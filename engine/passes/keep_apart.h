#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes of the dataflow graph each pass is to leave alone. Private to engine/passes.

#include "engine/passes/pass.h"

#include <map>
#include <string>

namespace orrery::passes {

// By pass. A hint whose pass cannot do that, and a node that is not there, are told and left out.
std::map<std::string, std::set<NodeId>, std::less<>> keptApart(const graph::Graph& dataflow,
                                                               const std::vector<KeepApartHint>& hints,
                                                               std::vector<Problem>& problems);

} // namespace orrery::passes
