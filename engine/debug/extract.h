#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// A part of a model as a model of its own: some nodes of one graph (the main one, or a body), with everything
// that their own bodies need. What they read from elsewhere becomes an input, or a constant where a tensor for
// it is given; what others read of them, and their graph's outputs among theirs, become outputs. Names, ids,
// opsets and functions stay.

#include "engine/graph/model.h"

#include <map>
#include <set>

namespace orrery::debug {

Result<graph::Model> extract(const graph::Model& model, const std::set<NodeId>& nodes,
                             const std::map<ValueId, graph::Tensor>& tensors = {});

} // namespace orrery::debug
