#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The search of shrink.h, apart from models: which of many nodes a failure needs. A question may be asked to
// stop; what is known by then is the answer.

#include "engine/base/ids.h"

#include <functional>
#include <optional>
#include <vector>

namespace orrery::session {

using Nodes = std::vector<NodeId>;

enum class Answer { Fails, Passes, Stop };
using Question = std::function<Answer(const Nodes&)>;

// `core`, then with the last 1, 3, 7 … of `before`, until it fails; nothing when it never does.
std::optional<Nodes> growUntilItFails(const Nodes& core, Nodes before, const Question& ask);

// Leaves out of nodes that fail what it can, so that in the end no single one can be left out (unless
// stopped). The order stays.
Nodes reduceWhileItFails(Nodes nodes, const Question& ask);

} // namespace orrery::session
