#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// An edited model runs from a file written for it, whose nodes have other ids than those that are shown. This
// finds them again by what they make: the name of a node's first output, and its operator.

#include "engine/graph/graph.h"

#include <memory>

namespace orrery::document {

// `compute` with origins in `shown` instead of `ran`. Origins that `shown` does not have are left out, so
// that what was measured there is told of no other node. The same graph when the ids agree.
std::shared_ptr<const graph::Graph> withOriginsIn(const graph::Graph& shown,
                                                  std::shared_ptr<const graph::Graph> compute,
                                                  const graph::Graph& ran);

} // namespace orrery::document
