#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What an Edit means for a plan: the variant that it asks for, if any, in words, and the nodes that it
// concerns. Refuses what cannot work with Usage or the operator's own error, naming the node.

#include "engine/debug/edit.h"
#include "engine/plan/plan.h"

#include <memory>

namespace orrery::debug {

// Nodes whose work is different; empty for Skip and for a live value, which change the state alone.
std::vector<NodeId> concernedBy(const Edit& edit, const plan::Plan& plan);

// "set logits", "Conv_3.group = 2"; `next` is the node that a Skip is for.
std::string inWords(const Edit& edit, const plan::Plan& plan, NodeId next);

// `inputTypes` are those of the run's inputs. The plan itself when the edit does not change it.
Result<std::shared_ptr<const plan::Plan>> variantFor(const Edit& edit,
                                                     const std::shared_ptr<const plan::Plan>& plan,
                                                     const std::map<ValueId, graph::ValueType>& inputTypes);

} // namespace orrery::debug
