#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Calls of the model's own functions, replaced by copies of their bodies: Inlined, the nodes of the body
// stand where the call was; Hanging, the call stays and holds the body as a region, so that it can be
// entered. In both forms inputs, outputs and attribute references are the call's, and each copied node has
// the call as its origin. Repeated until no call is left; recursion and blow-up end at a budget of nodes.

#include "engine/graph/model.h"

namespace orrery::passes {

enum class CallForm { Inlined, Hanging };

// The number of calls replaced.
Result<std::size_t> replaceCalls(graph::Model& model, CallForm form);

} // namespace orrery::passes
