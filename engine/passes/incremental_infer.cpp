// SPDX-License-Identifier: Apache-2.0
//
// Terms: a unit is a node of the main graph with everything in its bodies; a reader of a value is a unit that
// reads it, itself or by capture. Each unit has a place, a number that grows along every edge; places are far
// apart, so that a new unit finds one between those of its makers and its readers. Where an edit leaves no
// such number, or turns an edge against the places, they are given anew, by topological order.
// Dirty units wait in a heap by place. A unit is walked on the values as they are; when what is known of one
// of its outputs differs from before, the readers, which stand later, become dirty. So each unit is walked at
// most once, and the result is that of a full walk: a unit's walk depends on its inputs' knowledge, its own
// content and the model's imports only. Exceptions, for which all is inferred anew: edits of imports and
// functions, and cycles, before or after. The budget of loops in loops counts per unit here, over the whole
// graph there. Cost: the units walked and the readers of what they make; new places are linear in the graph.
#include "engine/passes/incremental_infer.h"

#include "engine/graph/order.h"
#include "engine/passes/infer_walk.h"

#include <algorithm>
#include <limits>
#include <set>

namespace orrery::passes {
namespace {

using graph::Graph;

constexpr std::int64_t distance = std::int64_t(1) << 32; // between two places given anew
constexpr std::size_t fewUnits = 64;                     // new ones that are placed one by one

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
    index(model.graph);
    if (hasCycle())
        return;
    std::vector<NodeId> order = model.graph.main().nodes;
    std::sort(order.begin(), order.end(),
              [&](NodeId a, NodeId b) { return m_place[a.index()] < m_place[b.index()]; });
    auto& found = m_walk->result().problems;
    for (NodeId id : order) {
        m_walk->node(model.graph.node(id));
        if (!found.empty())
            m_problems[id] = std::exchange(found, {});
    }
}

void IncrementalInference::index(const Graph& graph)
{
    m_cycle.clear();
    m_place.assign(graph.nodeSlots(), 0);
    m_reads.assign(graph.nodeSlots(), {});
    m_readers.assign(graph.valueSlots(), {});
    auto order = graph::topologicalOrder(graph, graph.mainRegion());
    if (!order.ok()) {
        m_cycle.push_back({Severity::Error,
                           "cycle",
                           order.error().where,
                           {},
                           order.error().message,
                           "Remove one edge of the cycle."});
        return;
    }
    std::int64_t next = 0;
    for (NodeId unit : *order) {
        m_place[unit.index()] = next += distance;
        setReads(unit, graph::valuesRead(graph, unit));
    }
}

void IncrementalInference::setReads(NodeId unit, std::vector<ValueId> reads)
{
    std::vector<ValueId>& before = m_reads[unit.index()];
    for (ValueId value : before)
        std::erase(m_readers[value.index()], unit);
    for (ValueId value : reads)
        if (auto& readers = m_readers[value.index()]; readers.empty() || readers.back() != unit)
            readers.push_back(unit);
    before = std::move(reads);
}

// The unit that makes a value of the main graph; invalid when none does.
NodeId IncrementalInference::makerOf(const Graph& graph, ValueId value) const
{
    NodeId maker = graph.value(value).producer;
    return graph.contains(maker) && graph.node(maker).region == graph.mainRegion() ? maker : NodeId();
}

bool IncrementalInference::inOrder(const Graph& graph, NodeId unit) const
{
    auto placeOf = [&](NodeId id) { return m_place[id.index()]; };
    for (ValueId value : m_reads[unit.index()])
        if (NodeId maker = makerOf(graph, value); maker.valid() && placeOf(maker) >= placeOf(unit))
            return false;
    for (ValueId output : graph.node(unit).outputs)
        if (output.valid())
            for (NodeId reader : m_readers[output.index()])
                if (placeOf(reader) <= placeOf(unit))
                    return false;
    return true;
}

// A place between the makers', all of which must have one, and that of the first reader which has one.
bool IncrementalInference::place(const Graph& graph, NodeId unit)
{
    std::int64_t low = 0, high = std::numeric_limits<std::int64_t>::max();
    for (ValueId value : m_reads[unit.index()])
        if (NodeId maker = makerOf(graph, value); maker.valid())
            low = std::max(low, m_place[maker.index()]);
    for (ValueId output : graph.node(unit).outputs)
        if (output.valid())
            for (NodeId reader : m_readers[output.index()])
                if (m_place[reader.index()] != 0)
                    high = std::min(high, m_place[reader.index()]);
    high = std::min(high, low > high - distance ? high : low + distance);
    if (high - low < 2)
        return false;
    m_place[unit.index()] = low + (high - low) / 2;
    return true;
}

bool IncrementalInference::placeNew(const Graph& graph, std::vector<NodeId> units)
{
    while (!units.empty()) {
        auto ready = std::find_if(units.begin(), units.end(), [&](NodeId unit) {
            const auto& reads = m_reads[unit.index()];
            return std::all_of(reads.begin(), reads.end(), [&](ValueId value) {
                NodeId maker = makerOf(graph, value);
                return !maker.valid() || m_place[maker.index()] != 0;
            });
        });
        if (ready == units.end() || !place(graph, *ready))
            return false;
        units.erase(ready);
    }
    return true;
}

// False when the places must be given anew.
bool IncrementalInference::reindex(const Graph& graph, const graph::Touched& touched)
{
    m_place.resize(graph.nodeSlots());
    m_reads.resize(graph.nodeSlots());
    m_readers.resize(graph.valueSlots());
    std::set<NodeId> units;
    for (NodeId id : touched.nodes) {
        if (!graph.contains(id)) {
            setReads(id, {});
            m_place[id.index()] = 0;
        }
        units.insert(unitOf(graph, graph.node(id).region, id));
    }
    for (RegionId id : touched.regions)
        if (id != graph.mainRegion())
            units.insert(unitOf(graph, id, {}));
    units.erase(NodeId());
    std::vector<NodeId> added;
    for (NodeId unit : units) {
        setReads(unit, graph::valuesRead(graph, unit));
        if (m_place[unit.index()] == 0)
            added.push_back(unit);
    }
    if (added.size() > fewUnits || !placeNew(graph, std::move(added)))
        return false;
    return std::all_of(units.begin(), units.end(), [&](NodeId unit) { return inOrder(graph, unit); });
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
    if (touched.links && !reindex(graph, touched)) {
        index(graph);
        if (hasCycle()) {
            inferAll(model);
            change.everything = true;
            return change;
        }
    }

    std::set<std::pair<std::int64_t, NodeId>> dirty;
    auto mark = [&](NodeId unit) {
        if (unit.valid())
            dirty.emplace(m_place[unit.index()], unit);
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
        NodeId unit = dirty.begin()->second;
        dirty.erase(dirty.begin());
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
              [&](NodeId a, NodeId b) { return m_place[a.index()] < m_place[b.index()]; });
    std::vector<Problem> all = m_cycle;
    for (NodeId id : nodes)
        all.insert(all.end(), m_problems.at(id).begin(), m_problems.at(id).end());
    return all;
}

} // namespace orrery::passes
