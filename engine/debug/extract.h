#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A part of a model as a model of its own: some nodes of the main graph, with everything that their bodies
// need. What they read from elsewhere becomes an input, or a constant where a tensor for it is given; what
// others read of them, and the root's outputs among theirs, become outputs. Names, opsets and functions stay.

#include "engine/graph/model.h"

#include <map>
#include <set>

namespace orrery::debug {

Result<graph::Model> extract(const graph::Model& model, const std::set<NodeId>& nodes,
                             const std::map<ValueId, graph::Tensor>& tensors = {});

} // namespace orrery::debug
