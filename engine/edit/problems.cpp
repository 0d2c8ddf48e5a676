// SPDX-License-Identifier: Apache-2.0
//
// What an edit touched, and what depends on it: nodes that read a value which lost or got its source, or
// whose missing source got another name; all entries of a name that came or went. Cost: what was touched;
// where a source changed, one walk over all inputs.
#include "engine/edit/problems.h"

#include "engine/graph/verify_checks.h"

#include <algorithm>
#include <unordered_set>

namespace orrery::edit {

using graph::Graph;
using graph::ProblemList;

namespace {

constexpr std::string_view codes[] = {
    "missing-input", "missing-output",      "double-source", "duplicate-value-name",
    "shadowed-name", "duplicate-node-name", "bad-node",      "bad-initializer"};

template<class Map, class Key>
void store(Map& map, const Key& key, ProblemList& list)
{
    auto problems = list.take();
    if (problems.empty())
        map.erase(key);
    else
        map[key] = std::move(problems);
}

bool isAlive(const Graph& graph, RegionId id)
{
    return id.valid() && id.index() < graph.regionSlots() && graph.region(id).alive;
}

} // namespace

struct ProblemIndex::Work {
    std::set<NodeId> nodes;
    std::set<ValueId> values;
    std::set<RegionId> regions;
    std::set<std::string> names, nodeNames;
    std::unordered_set<ValueId> unsure; // whose readers must be looked at
};

ProblemIndex::ProblemIndex(const graph::Model& model)
{
    graph::Touched all;
    for (std::size_t i = 0; i < model.graph.nodeSlots(); ++i)
        all.nodes.push_back(NodeId(i));
    for (std::size_t i = 0; i < model.graph.valueSlots(); ++i)
        all.values.push_back(ValueId(i));
    for (std::size_t i = 0; i < model.graph.regionSlots(); ++i)
        all.regions.push_back(RegionId(i));
    update(model, all);
}

bool ProblemIndex::covers(std::string_view code)
{
    return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

void ProblemIndex::grow(const Graph& graph)
{
    m_sources.resize(graph.valueSlots());
    m_isInput.resize(graph.valueSlots());
    m_valueNames.resize(graph.valueSlots());
    m_nodeNames.resize(graph.nodeSlots());
    m_inputs.resize(graph.regionSlots());
}

void ProblemIndex::followInputs(const Graph& graph, RegionId id, Work& work)
{
    const std::vector<ValueId> none;
    const std::vector<ValueId>& now = isAlive(graph, id) ? graph.region(id).inputs : none;
    std::vector<ValueId>& before = m_inputs[id.index()];
    if (now != before) {
        for (ValueId value : before)
            m_isInput[value.index()] = false;
        for (ValueId value : now)
            m_isInput[value.index()] = true;
        work.values.insert(before.begin(), before.end());
        work.values.insert(now.begin(), now.end());
        before = now;
    }
    work.regions.insert(id);
}

void ProblemIndex::followValue(const Graph& graph, ValueId id, Work& work)
{
    const graph::Value& value = graph.value(id);
    bool source =
        value.alive && (value.producer.valid() || value.initializer.has_value() || m_isInput[id.index()]);
    if (source != m_sources[id.index()] || !source)
        work.unsure.insert(id);
    m_sources[id.index()] = source;
    std::string& before = m_valueNames[id.index()];
    const std::string now = value.alive ? value.name : std::string();
    if (!now.empty())
        work.names.insert(now);
    if (before != now) {
        if (!before.empty()) {
            work.names.insert(before);
            m_valuesOf[before].erase(id);
        }
        if (!now.empty())
            m_valuesOf[now].insert(id);
        before = now;
    }
    if (isAlive(graph, value.region))
        work.regions.insert(value.region);
}

void ProblemIndex::followNode(const Graph& graph, NodeId id, Work& work)
{
    const graph::Node& node = graph.node(id);
    std::string& before = m_nodeNames[id.index()];
    const std::string now = node.alive ? node.name : std::string();
    if (!now.empty())
        work.nodeNames.insert(now);
    if (before != now) {
        if (!before.empty()) {
            work.nodeNames.insert(before);
            m_nodesOf[before].erase(id);
        }
        if (!now.empty())
            m_nodesOf[now].insert(id);
        before = now;
    }
    if (!node.alive)
        return;
    // Problems of these name the node.
    for (ValueId output : node.outputs)
        if (output.valid() && !graph.value(output).name.empty())
            work.names.insert(graph.value(output).name);
    for (RegionId region : node.regions())
        work.regions.insert(region);
    work.regions.insert(node.region);
}

void ProblemIndex::findReaders(const Graph& graph, Work& work) const
{
    if (work.unsure.empty())
        return;
    auto anyUnsure = [&](const std::vector<ValueId>& list) {
        return std::any_of(list.begin(), list.end(), [&](ValueId id) { return work.unsure.contains(id); });
    };
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        if (const graph::Node& node = graph.node(NodeId(i)); node.alive && anyUnsure(node.inputs))
            work.nodes.insert(node.id);
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (const graph::Region& region = graph.region(RegionId(i));
            region.alive && anyUnsure(region.outputs))
            work.regions.insert(region.id);
}

void ProblemIndex::update(const graph::Model& model, const graph::Touched& touched)
{
    const Graph& graph = model.graph;
    grow(graph);
    Work work;
    work.nodes.insert(touched.nodes.begin(), touched.nodes.end());
    work.values.insert(touched.values.begin(), touched.values.end());
    for (RegionId id : touched.regions)
        followInputs(graph, id, work);
    for (ValueId id : work.values)
        followValue(graph, id, work);
    for (NodeId id : touched.nodes)
        followNode(graph, id, work);
    findReaders(graph, work);
    for (NodeId id : work.nodes)
        checkNode(graph, id);
    for (ValueId id : work.values)
        checkValue(graph, id);
    for (RegionId id : work.regions)
        checkRegion(graph, id);
    for (const std::string& name : work.names)
        checkName(graph, name);
    for (const std::string& name : work.nodeNames)
        checkNodeName(graph, name);
}

void ProblemIndex::checkNode(const Graph& graph, NodeId id)
{
    ProblemList list;
    if (const graph::Node& node = graph.node(id); node.alive) {
        list.begin("missing-input");
        graph::checkInputs(graph, node, m_sources, list);
        list.begin("bad-node");
        graph::checkNode(node, list);
    }
    store(m_ofNode, id, list);
}

void ProblemIndex::checkValue(const Graph& graph, ValueId id)
{
    ProblemList list;
    list.begin("bad-initializer");
    if (const graph::Value& value = graph.value(id); value.alive && value.initializer)
        graph::checkInitializer(graph, id, list);
    store(m_ofValue, id, list);
}

void ProblemIndex::checkRegion(const Graph& graph, RegionId id)
{
    ProblemList list;
    if (isAlive(graph, id)) {
        list.begin("missing-output");
        graph::checkOutputs(graph, graph.region(id), m_sources, list);
        list.begin("double-source");
        graph::checkSources(graph, graph.region(id), list);
    }
    store(m_ofRegion, id, list);
}

void ProblemIndex::checkName(const Graph& graph, const std::string& name)
{
    ProblemList list;
    auto found = m_valuesOf.find(name);
    if (found != m_valuesOf.end() && found->second.size() > 1) {
        std::set<RegionId> regions, seen;
        for (ValueId id : found->second)
            regions.insert(graph.value(id).region);
        for (ValueId id : found->second) {
            const graph::Value& value = graph.value(id);
            list.begin("duplicate-value-name");
            if (!seen.insert(value.region).second)
                graph::addNameTwice(graph, value, list);
            list.begin("shadowed-name");
            for (NodeId parent = graph.region(value.region).parent; parent.valid();
                 parent = graph.region(graph.node(parent).region).parent)
                if (regions.contains(graph.node(parent).region)) {
                    graph::addNameHidden(graph, value, list);
                    break;
                }
        }
    }
    if (found != m_valuesOf.end() && found->second.empty())
        m_valuesOf.erase(found);
    store(m_ofName, name, list);
}

void ProblemIndex::checkNodeName(const Graph& graph, const std::string& name)
{
    ProblemList list;
    list.begin("duplicate-node-name");
    auto found = m_nodesOf.find(name);
    if (found != m_nodesOf.end() && found->second.size() > 1)
        for (auto id = std::next(found->second.begin()); id != found->second.end(); ++id)
            graph::addNodeNameTwice(graph.node(*id), list);
    if (found != m_nodesOf.end() && found->second.empty())
        m_nodesOf.erase(found);
    store(m_ofNodeName, name, list);
}

std::vector<Problem> ProblemIndex::problems() const
{
    std::vector<Problem> all;
    auto add = [&](const auto& map) {
        for (const auto& [key, problems] : map)
            all.insert(all.end(), problems.begin(), problems.end());
    };
    add(m_ofNode);
    add(m_ofValue);
    add(m_ofRegion);
    add(m_ofName);
    add(m_ofNodeName);
    return all;
}

} // namespace orrery::edit
