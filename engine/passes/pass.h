#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PassSpec: a named rewrite of a Model's graph. A pass keeps the outputs' meaning, merges origins into what
// it makes, and leaves a graph that verify() accepts; the pipeline checks that after each, times it and
// records what changed. The header comment of each pass's file is its rewrite rule.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"
#include "engine/passes/plan_hints.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace orrery::passes {

// The lowest optimisation level that runs a pass. Always: not an optimisation, the engine needs it; OnlyNone:
// what stands for it when nothing is optimised; Hinted: at every level, when there are plan hints.
enum class PassLevel { Always, OnlyNone, Basic, All, Hinted };

struct PassContext {
    const ops::OpRegistry& ops;
    std::vector<Problem>& problems;
    const PlanHints& hints;
    // Nodes of the dataflow graph that the running pass is to leave alone; null: none.
    const std::set<NodeId>* keptApart = nullptr;

    // False for what came from a node that the user keeps apart from the running pass.
    bool mayTouch(const graph::Node& node) const
    {
        return keptApart == nullptr ||
               std::none_of(node.origins.begin(), node.origins.end(),
                            [this](NodeId origin) { return keptApart->contains(origin); });
    }
};

struct PassSpec {
    std::string_view name;
    std::string_view doc;
    PassLevel level = PassLevel::Basic;
    // The number of rewrites made.
    Result<std::size_t> (*run)(graph::Model&, PassContext&) = nullptr;
    // It asks mayTouch() of every node that it rewrites, so that the user can keep nodes apart from it.
    bool canKeepApart = false;
};

std::vector<PassSpec> passSpecs(); // generated, in pipeline order

} // namespace orrery::passes
