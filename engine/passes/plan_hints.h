#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PlanHints: what the user wants of the compute graph beside what the passes do of their own accord; kept
// apart from the model, never written into it. Nodes go by the name of their first output, values by their
// name, both of the compute graph, so that hints outlive ids; keepApart alone names nodes of the model, since
// it holds before there are others. The pass `apply_plan_hints`, the last of all, carries out the rest; a
// hint whose node or value is not there is told as a problem and left out, the others are followed.
// `keepApart`, `threads`, `kernel`, `hold` and `chunk` can change the last bits of a result, and say by how
// much when measured; the others cannot.

#include "engine/graph/model.h"
#include "engine/ops/op_spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::passes {

// The node that makes `value` is run once more right before each of `readers`, which read that; the first
// result can go earlier. Where they are all its readers, it moves to the first of them instead and keeps the
// value's name.
struct RecomputeHint {
    std::string value;
    std::vector<std::string> readers;

    friend bool operator==(const RecomputeHint&, const RecomputeHint&) = default;
};

// `readers` read the value from a copy of a narrower type, made when the value is and turned back right
// before each of them.
struct HoldHint {
    std::string value;
    graph::DataType type = graph::DataType::Float16;
    std::vector<std::string> readers;

    friend bool operator==(const HoldHint&, const HoldHint&) = default;
};

// Nodes of which each treats the slices along `axis` apart run slice by slice: what they read from outside is
// cut right before it is read, the ends are joined by a Concat. The axis' length must be known.
struct ChunkHint {
    std::vector<std::string> nodes; // in the order of the chain
    std::int64_t axis = 0;
    std::int64_t parts = 2;

    friend bool operator==(const ChunkHint&, const ChunkHint&) = default;
};

// The pass leaves these nodes of the model as they are: it neither fuses nor folds nor removes them. Only
// passes that can, see PassSpec::canKeepApart.
struct KeepApartHint {
    std::string pass;
    std::vector<std::string> nodes; // of the dataflow graph

    friend bool operator==(const KeepApartHint&, const KeepApartHint&) = default;
};

// The node's kernel uses no more than so many of the run's threads.
struct ThreadsHint {
    std::string node;
    std::int64_t threads = 1;

    friend bool operator==(const ThreadsHint&, const ThreadsHint&) = default;
};

// Another of the ways in which a node can be computed; see kernel_choices.h.
struct KernelHint {
    std::string node;
    std::string kernel;

    friend bool operator==(const KernelHint&, const KernelHint&) = default;
};

struct PlanHints {
    std::vector<KeepApartHint> keepApart;
    std::vector<RecomputeHint> recompute;
    std::vector<HoldHint> hold;
    std::vector<ChunkHint> chunk;
    // Of the main graph, after the above. A node that is not named runs right before its first reader that
    // is; an order that would read what is not computed yet is not followed.
    std::vector<std::string> order;
    std::vector<std::string> joinInPlace; // Concats whose inputs are written into the output at once
    std::vector<ThreadsHint> threads;     // of several for one node the last holds
    std::vector<KernelHint> kernel;
    std::vector<std::string> outOfPlace; // nodes that write over none of their inputs

    bool empty() const;
    std::size_t count() const; // an order is one
    // Appends `more`; its order, when there is one, takes the place of this one.
    void add(const PlanHints& more);

    friend bool operator==(const PlanHints&, const PlanHints&) = default;
};

// Changes the compute graph. The number of hints followed; a problem for each that is not (severity Warning,
// code "plan-hint").
Result<std::size_t> applyPlanHints(graph::Model& compute, const PlanHints& hints, const ops::OpRegistry& ops,
                                   std::vector<Problem>& problems);

// The longest chain of nodes around `node` that a ChunkHint can name, with its axis; empty when there is
// none. `types` by ValueId, concrete where known.
ChunkHint chunkableChain(const graph::Graph& graph, NodeId node, const std::vector<graph::ValueType>& types);

} // namespace orrery::passes
