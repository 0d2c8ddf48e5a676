#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The fixes for a node whose inputs do not go together. Private to engine/edit.

#include "engine/edit/fixes.h"

namespace orrery::edit {

std::vector<Fix> fixInputs(const graph::Model& model, const graph::Graph& typed, const ops::OpRegistry& ops,
                           NodeId node, std::size_t most);

} // namespace orrery::edit
