#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Plan: an immutable program made from a compute graph. Instructions in execution order, one block for each
// region (the main graph, the bodies of If), with the kernel and backend of each instruction and, for the
// values whose shapes are known, the buffers that hold them. One Plan runs many times and from many threads;
// an Execution holds what changes.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"
#include "engine/passes/node_plan.h"
#include "engine/passes/plan_hints.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace orrery::plan {

enum class BackendChoice { Auto, Eigen };

struct Instruction {
    NodeId node;
    const ops::OpSpec* spec = nullptr;
    std::shared_ptr<const ops::Kernel> kernel; // null for control flow
    std::string_view backend = "eigen";
    std::string kernelName;        // "eigen.Conv"; with what the user wants of it: "eigen.Conv on 1 thread"
    std::vector<ValueId> diesHere; // values of the block whose last reader this instruction is
    bool joinsInPlace = false;     // a Concat whose inputs are to lie in its output from the start
    passes::NodePlan wanted;       // by the user, for this node

    // Which outputs may be written over which inputs.
    std::span<const ops::InPlace> inPlace() const
    {
        return wanted.isOutOfPlace ? std::span<const ops::InPlace>() : std::span(spec->inPlace);
    }
    // Of the run's threads those that the kernel may use.
    int threadsOf(int run) const { return wanted.threads > 0 ? std::min(wanted.threads, run) : run; }
};

struct Block {
    RegionId region;
    std::vector<Instruction> instructions;
};

class Plan {
public:
    // Makes the kernels. `compute` comes out of passes::compile(), which has followed the same hints; of them
    // only those for the placing of values are read here. Unsupported or BadModel naming the node.
    static Result<std::shared_ptr<const Plan>> create(graph::Model compute, const graph::Root& root,
                                                      BackendChoice backend, const ops::OpRegistry& ops,
                                                      const passes::PlanHints& hints = {});

    // The same program with other operators, attributes, inputs or constants: `changed` differs from model()
    // in `nodes` and in the tensors of constants only. Order and lifetimes stay, except that what `nodes` now
    // read lives until then; only the kernels of `nodes` and of the readers of changed constants are made
    // anew. BadModel or Unsupported naming the node.
    static Result<std::shared_ptr<const Plan>> variant(const Plan& plan, graph::Model changed,
                                                       std::span<const NodeId> nodes);

    const graph::Model& model() const { return m_model; }
    const graph::Graph& graph() const { return m_model.graph; }
    const graph::Root& root() const { return m_root; }
    const ops::OpRegistry& ops() const { return *m_ops; }
    const Block& mainBlock() const { return m_blocks.front(); }
    const Block& block(RegionId region) const;
    const std::vector<Block>& blocks() const { return m_blocks; } // main first

private:
    Plan() = default;

    graph::Model m_model;
    graph::Root m_root;
    const ops::OpRegistry* m_ops = nullptr;
    std::vector<Block> m_blocks;
    std::map<RegionId, std::size_t> m_blockOfRegion;
};

} // namespace orrery::plan
