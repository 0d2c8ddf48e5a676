#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How a model in a file fails, found by running it in a runner of its own. What fails is told by the nodes of
// the model's main graph, and by the names of the values that they write, which a part of a model keeps.

#include "profiler/session/shrink.h"

#include <optional>
#include <set>

namespace orrery::session {

struct Failure {
    FailureKind kind = FailureKind::Any;
    std::string way;  // what else must be the same: "NaN", an error's code
    std::string what; // in words
    std::set<NodeId> nodes;
    std::set<std::string> outputs; // that those nodes write
    std::set<std::string> others;  // that are beyond the tolerance, too
    std::string wrongValue;        // of WrongOutput
};

// Nothing when it does not fail in that way; an error when it cannot be opened. Divergence is that between
// the optimisation level of the options and none; WrongOutput that from the options' reference.
Result<std::optional<Failure>> observe(const std::string& modelPath, const DebugOptions& options,
                                       FailureKind kind, double tolerance);

bool sameWay(const Failure& whole, const Failure& part);

// The nodes of the main graph that a node of the compute graph came from.
std::set<NodeId> mainNodesOf(const protocol::Opened& opened, NodeId node);

} // namespace orrery::session
