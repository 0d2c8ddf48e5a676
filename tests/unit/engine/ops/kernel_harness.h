#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Runs one node through its OpSpec, without planner or executor: infers, makes the kernel, runs it. Every run
// also checks inference: the shapes that follow from concrete inputs must be those that the kernel makes, and
// the shapes that follow from symbolic inputs must evaluate to them. Scratch and outputs start as garbage, so
// that a kernel that relies on zeros fails.

#include "engine/ops/op_spec.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace orrery::ops::harness {

using Attributes = std::initializer_list<std::pair<std::string_view, graph::AttributeValue>>;

// A node whose inputs are the values 0 … inputs-1, followed by its outputs.
graph::Node makeNode(std::string opType, std::size_t inputs, Attributes attributes = {},
                     std::size_t outputs = 1, std::string domain = {});

struct RunOptions {
    std::int64_t opsetVersion = 17;
    int threads = 1;
    std::uint64_t seed = 0;
};

// One tensor per output of the node, undefined where the node omits it. inputs: one per node input, null for
// an absent one. Internal when inference and kernel disagree.
Result<std::vector<graph::Tensor>> runNode(const graph::Node& node,
                                           const std::vector<const graph::Tensor*>& inputs,
                                           const RunOptions& options = {});

// The same for inputs that are all present.
Result<std::vector<graph::Tensor>> runNode(const graph::Node& node, const std::vector<graph::Tensor>& inputs,
                                           const RunOptions& options = {});

// Nothing when type, dims and elements agree: |found - expected| <= absolute + relative * |expected|, NaN and
// infinities alike; else a sentence that names the first difference.
std::string difference(const graph::Tensor& found, const graph::Tensor& expected, double relative = 1e-3,
                       double absolute = 1e-7);

} // namespace orrery::ops::harness
