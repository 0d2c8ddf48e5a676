#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The edit that leads from one model to another which was made of it: how a pass, or any other function that
// changes a copy of the model, becomes one undoable step that can be looked at before it is made.

#include "engine/graph/edit.h"

namespace orrery::edit {

// `after` was a copy of `before`; what is alive in both is the same entry, in the same region. New entries
// get ids without gaps, so that what comes out equals `after` up to their numbers. Unsupported when a node
// went from one region to another. Linear in the models, but for nodes that moved.
Result<graph::Edit> difference(const graph::Model& before, const graph::Model& after, std::string name);

} // namespace orrery::edit
