#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inference that follows edits: what inferTypes() would tell of the edited model, got by walking only the
// nodes whose inputs, attributes or declarations changed, and from there on those that read a value of which
// something else is known now. A node of the main graph is one unit, with its bodies. Borrows the operators;
// the model is handed in anew each time, so snapshots will do. Not thread-safe.

#include "engine/graph/edit.h"
#include "engine/passes/infer.h"

#include <memory>
#include <unordered_map>

namespace orrery::passes {

class InferenceWalk;

struct InferenceChange {
    std::vector<NodeId> nodes;   // of the main graph, walked again: their problems may be others
    std::vector<ValueId> values; // of which something else is known
    bool everything = false;     // all was inferred anew
};

class IncrementalInference {
public:
    IncrementalInference(const graph::Model& model, const ops::OpRegistry& ops);
    ~IncrementalInference();
    IncrementalInference(IncrementalInference&&) noexcept;

    // After an edit: the model as it is now, and what the edit spoke of.
    InferenceChange update(const graph::Model& model, const graph::Touched& touched);

    const std::vector<graph::ValueType>& types() const;
    const std::vector<graph::Tensor>& known() const;
    const graph::ValueType& type(ValueId id) const { return types()[id.index()]; }
    // Of a node of the main graph and its bodies; empty for most.
    const std::vector<Problem>& problemsOf(NodeId id) const;
    // All, in an order of execution; inferTypes() may know another one.
    std::vector<Problem> problems() const;
    // The main graph cannot be put into an order, and nothing in it is inferred.
    bool hasCycle() const { return !m_cycle.empty(); }

private:
    void inferAll(const graph::Model& model);
    void index(const graph::Graph& graph);
    bool reindex(const graph::Graph& graph, const graph::Touched& touched);
    void setReads(NodeId unit, std::vector<ValueId> reads);
    bool placeNew(const graph::Graph& graph, std::vector<NodeId> units);
    bool place(const graph::Graph& graph, NodeId unit);
    bool inOrder(const graph::Graph& graph, NodeId unit) const;
    NodeId makerOf(const graph::Graph& graph, ValueId value) const;
    NodeId unitOf(const graph::Graph& graph, RegionId region, NodeId node) const;
    void infer(const graph::Graph& graph, NodeId unit, InferenceChange& change,
               std::vector<ValueId>& changed);

    const ops::OpRegistry& m_ops;
    std::unique_ptr<InferenceWalk> m_walk;
    std::vector<std::int64_t> m_place;          // by NodeId, growing along every edge; 0: no unit
    std::vector<std::vector<ValueId>> m_reads;  // by NodeId of a unit
    std::vector<std::vector<NodeId>> m_readers; // by ValueId
    std::vector<Problem> m_cycle;               // empty, or why nothing could be inferred
    std::unordered_map<NodeId, std::vector<Problem>> m_problems;
};

} // namespace orrery::passes
