#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Operators that can be computed in more than one way, and which way the user has chosen for a node of a
// compute graph. The choice is metadata of the node, put there by the passes; a kernel reads it when it is
// made. Today: a Conv with one input channel for each group, directly or as matrix products.

#include "engine/graph/graph.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery::ops {

constexpr std::string_view kernelKey = "orrery.kernel"; // of the metadata
constexpr std::string_view directKernel = "direct";
constexpr std::string_view productKernel = "product";

// The ways, that of the kernel's own accord first; empty where there is no choice.
std::vector<std::string_view> kernelChoices(const graph::Graph& graph, const graph::Node& node);

// Empty: the kernel's own.
std::string_view chosenKernel(const graph::Node& node);

} // namespace orrery::ops
