#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The law of the graph, checked: what must hold of every Graph, whatever its operators mean.

#include "engine/graph/model.h"

namespace orrery::graph {

std::vector<Problem> verify(const Model& model);

} // namespace orrery::graph
