#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NodePlan: how one node of a compute graph is to run, where the user wants it otherwise than by itself. It
// is metadata of the node, so that copies of the node have it too; apply_plan_hints puts it there, plan::Plan
// reads it. The kernel is in engine/ops/kernel_choices.h.

#include "engine/graph/graph.h"

namespace orrery::passes {

struct NodePlan {
    int threads = 0; // of the run's at most; 0: all
    bool isOutOfPlace = false;

    friend bool operator==(const NodePlan&, const NodePlan&) = default;
};

NodePlan nodePlanOf(const graph::Node& node);

void limitThreads(graph::Node& node, std::int64_t threads);
void keepOutOfPlace(graph::Node& node);
void chooseKernel(graph::Node& node, std::string_view kernel);

} // namespace orrery::passes
