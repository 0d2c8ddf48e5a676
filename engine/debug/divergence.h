#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// First divergence: two plans of one model, or one plan and recorded values, run in lockstep on the same
// inputs and compared value by value. Values are matched by id (passes keep the ids of what survives them) or
// by name. For each node of the subject two errors are told apart: `total`, its outputs against the
// reference's, and `made`, the same after the node alone was given the reference's inputs: what it adds, not
// what it passes on. Values are held only until both sides have them.

#include "engine/debug/tensor_difference.h"
#include "engine/exec/gate.h"
#include "engine/plan/plan.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace orrery::debug {

// The results of the subject's nodes are rounded to this after each node; arithmetic stays that of the
// kernels. It shows what storing in that type would do.
enum class Rounding : std::uint8_t { None, Float16, BFloat16 };

struct DivergenceOptions {
    double tolerance = 1e-3; // of relative L2; beyond it a value has diverged
    int threads = 1;
    std::uint64_t seed = 0;
    Rounding rounding = Rounding::None;
    exec::Gate* gate = nullptr;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct NodeError {
    NodeId node;   // of the subject
    ValueId value; // the worst of its outputs
    std::vector<NodeId> origins;
    TensorDifference total;
    std::optional<TensorDifference> made; // empty: its inputs are not known on the reference's side
    bool inBody = false;                  // of a loop, compared at its last iteration
};

struct DivergenceReport {
    std::uint64_t compared = 0;
    std::uint64_t notCompared = 0;    // values of the subject without a counterpart
    std::optional<std::size_t> first; // into nodes: the first beyond the tolerance
    std::vector<NodeError> nodes;     // in the subject's order
    std::vector<std::size_t> ranked;  // into nodes: by error made, largest first
};

// Cancelled when the gate says stop.
Result<DivergenceReport> compareRuns(std::shared_ptr<const plan::Plan> subject,
                                     std::shared_ptr<const plan::Plan> reference,
                                     const std::vector<graph::Tensor>& inputs,
                                     const DivergenceOptions& options);
Result<DivergenceReport> compareWithRecorded(std::shared_ptr<const plan::Plan> subject,
                                             const std::map<std::string, graph::Tensor>& reference,
                                             const std::vector<graph::Tensor>& inputs,
                                             const DivergenceOptions& options);

} // namespace orrery::debug
