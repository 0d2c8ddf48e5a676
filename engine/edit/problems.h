#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ProblemIndex: the local checks of verify(), followed through edits: missing inputs and outputs, double
// sources, names given twice or hidden, nodes without operator or with an attribute twice, initializers that
// do not fit. Each problem hangs on the node, value or graph that has it, so that an edit replaces those of
// what it touched. What needs the whole graph (waste, order, imports) stays with verify(); types, arity and
// cycles come from IncrementalInference. The model is handed in anew each time. Not thread-safe.

#include "engine/base/problem.h"
#include "engine/graph/edit.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace orrery::edit {

class ProblemIndex {
public:
    explicit ProblemIndex(const graph::Model& model);

    void update(const graph::Model& model, const graph::Touched& touched);

    // As verify() would list them, of these codes, in another order.
    std::vector<Problem> problems() const;
    static bool covers(std::string_view code);

private:
    struct Work;
    void grow(const graph::Graph& graph);
    void followValue(const graph::Graph& graph, ValueId id, Work& work);
    void followNode(const graph::Graph& graph, NodeId id, Work& work);
    void followInputs(const graph::Graph& graph, RegionId id, Work& work);
    void findReaders(const graph::Graph& graph, Work& work) const;
    void checkNode(const graph::Graph& graph, NodeId id);
    void checkRegion(const graph::Graph& graph, RegionId id);
    void checkValue(const graph::Graph& graph, ValueId id);
    void checkName(const graph::Graph& graph, const std::string& name);
    void checkNodeName(const graph::Graph& graph, const std::string& name);

    // As they were when the index last looked.
    std::vector<bool> m_sources, m_isInput;     // by ValueId
    std::vector<std::string> m_valueNames;      // by ValueId; empty: removed or without a name
    std::vector<std::string> m_nodeNames;       // by NodeId
    std::vector<std::vector<ValueId>> m_inputs; // by RegionId
    std::unordered_map<std::string, std::set<ValueId>> m_valuesOf; // by name
    std::unordered_map<std::string, std::set<NodeId>> m_nodesOf;

    std::map<NodeId, std::vector<Problem>> m_ofNode;
    std::map<ValueId, std::vector<Problem>> m_ofValue;
    std::map<RegionId, std::vector<Problem>> m_ofRegion;
    std::map<std::string, std::vector<Problem>> m_ofName, m_ofNodeName;
};

} // namespace orrery::edit
