#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HintEditor: what the kinds of plan hints share while they change a compute graph. Finds nodes and values by
// name, counts who reads what, makes nodes with names and origins, and puts them into the order of execution
// in one go, so that a hint costs no more than the nodes that it names. Private to engine/passes.

#include "engine/passes/plan_hints.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace orrery::passes {

class HintEditor {
public:
    HintEditor(graph::Model& model, const ops::OpRegistry& ops, std::vector<Problem>& problems);

    graph::Graph& graph() { return m_model.graph; }
    const graph::Graph& graph() const { return m_model.graph; }
    std::int64_t opsetVersion(const graph::Node& node) const { return m_model.opsetVersion(node); }
    const ops::OpSpec* operatorOf(const graph::Node& node) const; // null when it is not known
    // Why a node cannot run another time; empty when it can.
    std::string whyNotTwice(NodeId node) const;

    // Invalid, and told, when there is none or when several regions have one.
    ValueId value(const std::string& name, std::string_view hint);
    NodeId node(const std::string& firstOutput, std::string_view hint);
    // Invalid when there is none; tells nothing.
    NodeId nodeOrNone(const std::string& firstOutput) const;

    // The readers of the value that a hint names: nodes of its region that take it as an input.
    std::vector<NodeId> readers(ValueId value, const std::vector<std::string>& names, std::string_view hint);

    // Inputs of nodes, outputs of regions and of roots.
    std::size_t useCount(ValueId value) const;

    // False, and told, when hints have made as much as a graph can bear.
    bool mayMake(std::size_t slots, const std::string& name, std::string_view hint);
    static std::size_t slotsOf(const graph::Node& node);

    ValueId addValue(RegionId region, std::string_view base, std::string_view suffix, graph::ValueType type);
    ValueId addInts(std::string_view base, std::vector<std::int64_t> numbers); // in the main region
    // An operator of ONNX in the meaning of one version, named after its output.
    graph::Node onnxNode(std::string opType, std::int64_t version, std::vector<ValueId> inputs,
                         ValueId output, const std::vector<NodeId>& origins);
    // A copy of the node with outputs of its own, "<output><suffix>", of the same types.
    graph::Node copyOf(NodeId node, std::string_view suffix);

    void insertBefore(NodeId before, graph::Node node);
    void insertAfter(ValueId value, graph::Node node); // right after what makes the value
    void replaceInput(NodeId node, ValueId from, ValueId to);
    void removeNode(NodeId node);
    void moveBefore(NodeId node, NodeId reader);
    // Of these nodes of one region the one that runs first.
    NodeId firstOf(const std::vector<NodeId>& nodes);

    // Lets what was inserted and removed take effect in the lists of nodes.
    void placeNodes();

    void tell(std::string_view hint, const std::string& name, std::string text);
    void tellHowManyMore();

private:
    struct Place {
        NodeId beside; // invalid: at the start of the region
        bool isBefore = false;
    };

    NodeId addNode(RegionId region, graph::Node node);
    void keepOrder(RegionId region);
    void put(NodeId node, const Place& place);
    std::vector<NodeId>& listAt(NodeId node, const Place& place);
    void count(const std::vector<ValueId>& values, bool added);
    std::string freeName(std::string_view base, std::string_view suffix) const;

    graph::Model& m_model;
    const ops::OpRegistry& m_ops;
    std::vector<Problem>& m_problems;
    std::unordered_map<std::string, std::vector<ValueId>> m_values;
    std::unordered_map<ValueId, std::size_t> m_uses;
    std::unordered_map<RegionId, std::vector<NodeId>> m_order; // of those that change, as it was
    std::unordered_map<NodeId, std::vector<NodeId>> m_before;
    std::unordered_map<NodeId, std::vector<NodeId>> m_after;
    std::unordered_map<RegionId, std::vector<NodeId>> m_first;
    std::unordered_map<NodeId, Place> m_places;         // of those that are in one of these lists
    std::unordered_map<NodeId, std::size_t> m_position; // of those in m_order
    std::unordered_set<NodeId> m_removed; // still in the graph, for the place that they give others
    std::size_t m_slotsMade = 0;
    std::size_t m_told = 0;
};

// Each gives the number of hints followed.
std::size_t applyRecompute(HintEditor& editor, const std::vector<RecomputeHint>& hints);
std::size_t applyHold(HintEditor& editor, const std::vector<HoldHint>& hints);
std::size_t applyChunk(HintEditor& editor, const std::vector<ChunkHint>& hints);
std::size_t applyOrder(HintEditor& editor, const std::vector<std::string>& order);
std::size_t applyThreads(HintEditor& editor, const std::vector<ThreadsHint>& hints);
std::size_t applyKernel(HintEditor& editor, const std::vector<KernelHint>& hints);
std::size_t applyOutOfPlace(HintEditor& editor, const std::vector<std::string>& nodes);

} // namespace orrery::passes
