// SPDX-License-Identifier: Apache-2.0
//
// Terms: a unit is a node of the main graph with everything in its bodies; a reader of a value is a unit that
// reads it, itself or by capture. Dirty units wait in a heap ordered by their place in execution order. A
// unit is walked on the values as they are; when what is known of one of its outputs differs from before, the
// readers, which stand later, become dirty. So each unit is walked at most once, and the result is that of a
// full walk: a unit's walk depends on its inputs' knowledge, its own content and the model's imports only.
// Exceptions, for which all is inferred anew: edits of imports and functions, and cycles, before or after.
// The budget of loops in loops counts per unit here, over the whole graph there. Cost: the units walked;
// where links changed, the order and the readers, linear in the graph.
#include "engine/passes/incremental_infer.h"

#include "engine/graph/order.h"
#include "engine/passes/infer_walk.h"

#include <queue>

#include <algorithm>

namespace orrery::passes {
namespace {

using graph::Graph;

bool sameTensor(const graph::Tensor& a, const graph::Tensor& b)
{
    return a.defined() == b.defined() && (!a.defined() || a.identicalTo(b));
}

struct Knowledge {
    graph::ValueType type;
    graph::Tensor tensor;
    std::optional<std::vector<graph::Dim>> elements;
};

// Every value that a walk of the node's bodies writes.
std::vector<ValueId> valuesInside(const Graph& graph, const graph::Node& node)
{
    std::vector<ValueId> values;
    std::vector<RegionId> regions = node.regions();
    for (std::size_t i = 0; i < regions.size(); ++i) {
        const graph::Region& region = graph.region(regions[i]);
        values.insert(values.end(), region.inputs.begin(), region.inputs.end());
        for (NodeId id : region.nodes) {
            const graph::Node& inner = graph.node(id);
            values.insert(values.end(), inner.outputs.begin(), inner.outputs.end());
            auto nested = inner.regions();
            regions.insert(regions.end(), nested.begin(), nested.end());
        }
    }
    std::erase_if(values, [](ValueId id) { return !id.valid(); });
    return values;
}

} // namespace

IncrementalInference::IncrementalInference(const graph::Model& model, const ops::OpRegistry& ops)
    : m_ops(ops)
{
    inferAll(model);
}

IncrementalInference::~IncrementalInference() = default;
IncrementalInference::IncrementalInference(IncrementalInference&&) noexcept = default;

void IncrementalInference::inferAll(const graph::Model& model)
{
    m_walk = std::make_unique<InferenceWalk>(model, m_ops, std::map<ValueId, graph::ValueType>());
    m_problems.clear();
    index(model);
    auto& found = m_walk->result().problems;
    for (NodeId id : m_order) {
        m_walk->node(model.graph.node(id));
        if (!found.empty())
            m_problems[id] = std::exchange(found, {});
    }
}

void IncrementalInference::index(const graph::Model& model)
{
    const Graph& graph = model.graph;
    m_cycle.clear();
    m_order.clear();
    auto order = graph::topologicalOrder(graph, graph.mainRegion());
    if (order.ok())
        m_order = order.releaseValue();
    else
        m_cycle.push_back({Severity::Error,
                           "cycle",
                           order.error().where,
                           {},
                           order.error().message,
                           "Remove one edge of the cycle."});
    m_position.assign(graph.nodeSlots(), 0);
    for (auto& readers : m_readers)
        readers.clear();
    m_readers.resize(graph.valueSlots());
    for (std::size_t i = 0; i < m_order.size(); ++i) {
        m_position[m_order[i].index()] = static_cast<std::uint32_t>(i);
        for (ValueId value : graph::valuesRead(graph, m_order[i]))
            m_readers[value.index()].push_back(m_order[i]);
    }
}

// The node of the main graph that holds the region, or the node itself where it is one; invalid when it is
// gone.
NodeId IncrementalInference::unitOf(const Graph& graph, RegionId region, NodeId node) const
{
    for (std::size_t steps = 0; region.valid() && steps <= graph.regionSlots(); ++steps) {
        if (!graph.region(region).alive)
            return {};
        if (region == graph.mainRegion())
            return graph.contains(node) ? node : NodeId();
        node = graph.region(region).parent;
        if (!graph.contains(node))
            return {};
        region = graph.node(node).region;
    }
    return {};
}

InferenceChange IncrementalInference::update(const graph::Model& model, const graph::Touched& touched)
{
    const Graph& graph = model.graph;
    InferenceChange change;
    bool hadCycle = !m_cycle.empty();
    if (touched.wholeModel || hadCycle) {
        inferAll(model);
        change.everything = true;
        return change;
    }
    m_walk->follow(model);
    if (touched.links) {
        index(model);
        if (!m_cycle.empty()) {
            inferAll(model);
            change.everything = true;
            return change;
        }
    }

    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> dirty;
    std::vector<bool> waiting(m_order.size(), false);
    auto mark = [&](NodeId unit) {
        if (!unit.valid() || waiting[m_position[unit.index()]])
            return;
        waiting[m_position[unit.index()]] = true;
        dirty.push(m_position[unit.index()]);
    };
    for (NodeId id : touched.nodes) {
        mark(unitOf(graph, graph.node(id).region, id));
        if (!graph.contains(id))
            m_problems.erase(id);
    }
    for (RegionId id : touched.regions)
        if (id != graph.mainRegion())
            mark(unitOf(graph, id, {}));
    for (ValueId id : touched.values) {
        const graph::Value& value = graph.value(id);
        m_walk->reset(id);
        change.values.push_back(id);
        if (value.alive)
            mark(unitOf(graph, value.region, value.producer));
        for (NodeId reader : m_readers[id.index()])
            mark(reader);
    }
    std::vector<ValueId> changed;
    while (!dirty.empty()) {
        NodeId unit = m_order[dirty.top()];
        dirty.pop();
        changed.clear();
        infer(graph, unit, change, changed);
        for (ValueId value : changed)
            for (NodeId reader : m_readers[value.index()])
                mark(reader);
    }
    return change;
}

void IncrementalInference::infer(const Graph& graph, NodeId unit, InferenceChange& change,
                                 std::vector<ValueId>& changed)
{
    const graph::Node& node = graph.node(unit);
    Inference& result = m_walk->result();
    std::vector<Knowledge> before;
    for (ValueId output : node.outputs)
        if (output.valid()) {
            before.push_back(
                {result.types[output.index()], result.known[output.index()], m_walk->shapeValue(output)});
            m_walk->reset(output);
        }
    std::vector<ValueId> inside = valuesInside(graph, node);
    for (ValueId value : inside)
        m_walk->reset(value);
    m_walk->node(node);
    change.nodes.push_back(unit);
    if (result.problems.empty())
        m_problems.erase(unit);
    else
        m_problems[unit] = std::exchange(result.problems, {});
    auto old = before.begin();
    for (ValueId output : node.outputs) {
        if (!output.valid())
            continue;
        if (old->type != result.types[output.index()] ||
            !sameTensor(old->tensor, result.known[output.index()]) ||
            old->elements != m_walk->shapeValue(output))
            changed.push_back(output);
        ++old;
    }
    change.values.insert(change.values.end(), changed.begin(), changed.end());
    change.values.insert(change.values.end(), inside.begin(), inside.end());
}

const std::vector<graph::ValueType>& IncrementalInference::types() const { return m_walk->result().types; }

const std::vector<graph::Tensor>& IncrementalInference::known() const { return m_walk->result().known; }

const std::vector<Problem>& IncrementalInference::problemsOf(NodeId id) const
{
    static const std::vector<Problem> none;
    auto found = m_problems.find(id);
    return found == m_problems.end() ? none : found->second;
}

std::vector<Problem> IncrementalInference::problems() const
{
    std::vector<NodeId> nodes;
    for (const auto& [id, found] : m_problems)
        nodes.push_back(id);
    std::sort(nodes.begin(), nodes.end(),
              [&](NodeId a, NodeId b) { return m_position[a.index()] < m_position[b.index()]; });
    std::vector<Problem> all = m_cycle;
    for (NodeId id : nodes)
        all.insert(all.end(), m_problems.at(id).begin(), m_problems.at(id).end());
    return all;
}

} // namespace orrery::passes
