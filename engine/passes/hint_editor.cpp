// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/hint_editor.h"

#include "engine/base/text.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::passes {
namespace {

constexpr std::size_t mostTold = 100;
constexpr std::size_t mostSlotsMade = 2'000'000; // of nodes that hints add, see slotsOf()

std::string quoted(const std::string& name) { return "\"" + displayText(name, 200) + "\""; }

} // namespace

HintEditor::HintEditor(graph::Model& model, const ops::OpRegistry& ops, std::vector<Problem>& problems)
    : m_model(model)
    , m_ops(ops)
    , m_problems(problems)
{
    const graph::Graph& graph = m_model.graph;
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && !value.name.empty())
            m_values[value.name].push_back(value.id);
    for (NodeId id : graph.liveNodes())
        count(graph.node(id).inputs, true);
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (graph.region(RegionId(i)).alive)
            count(graph.region(RegionId(i)).outputs, true);
    for (const graph::Root& root : graph.roots())
        count(root.outputs, true);
}

void HintEditor::count(const std::vector<ValueId>& values, bool added)
{
    for (ValueId value : values)
        if (value.valid())
            m_uses[value] += added ? 1 : static_cast<std::size_t>(-1);
}

std::size_t HintEditor::useCount(ValueId value) const
{
    auto known = m_uses.find(value);
    return known == m_uses.end() ? 0 : known->second;
}

const ops::OpSpec* HintEditor::operatorOf(const graph::Node& node) const
{
    auto spec = ops::findOp(m_ops, node, m_model.opsetVersion(node));
    return spec.ok() ? *spec : nullptr;
}

std::string HintEditor::whyNotTwice(NodeId id) const
{
    const graph::Node& node = graph().node(id);
    const ops::OpSpec* spec = operatorOf(node);
    if (spec == nullptr)
        return "its operator is not known";
    if (spec->control != ops::Control::None || !node.regions().empty())
        return "it runs a body";
    if (spec->purity == ops::Purity::Random)
        return "its result is random";
    if (spec->purity != ops::Purity::Pure)
        return "its operator comes out of a library, of which nothing is known";
    return {};
}

ValueId HintEditor::value(const std::string& name, std::string_view hint)
{
    auto found = m_values.find(name);
    if (found == m_values.end()) {
        tell(hint, name, fmt::format("the compute graph has no value {}", quoted(name)));
        return {};
    }
    if (found->second.size() == 1)
        return found->second.front();
    for (ValueId candidate : found->second)
        if (graph().value(candidate).region == graph().mainRegion())
            return candidate;
    tell(hint, name, fmt::format("several bodies of the compute graph have a value {}", quoted(name)));
    return {};
}

NodeId HintEditor::nodeOrNone(const std::string& firstOutput) const
{
    auto found = m_values.find(firstOutput);
    if (found == m_values.end())
        return {};
    NodeId one;
    for (ValueId output : found->second) {
        NodeId producer = graph().value(output).producer;
        if (!producer.valid() || m_removed.contains(producer))
            continue;
        const graph::Node& node = graph().node(producer);
        auto first = std::find_if(node.outputs.begin(), node.outputs.end(),
                                  [](ValueId candidate) { return candidate.valid(); });
        if (*first != output)
            continue;
        if (node.region == graph().mainRegion())
            return producer;
        if (one.valid())
            return {};
        one = producer;
    }
    return one;
}

NodeId HintEditor::node(const std::string& firstOutput, std::string_view hint)
{
    NodeId found = nodeOrNone(firstOutput);
    if (!found.valid())
        tell(hint, firstOutput,
             fmt::format("the compute graph has no node that makes {}", quoted(firstOutput)));
    return found;
}

std::vector<NodeId> HintEditor::readers(ValueId id, const std::vector<std::string>& names,
                                        std::string_view hint)
{
    const graph::Value& value = graph().value(id);
    std::vector<NodeId> result;
    std::unordered_set<NodeId> seen;
    if (names.empty())
        tell(hint, value.name, fmt::format("no reader of {} is named", quoted(value.name)));
    for (const std::string& name : names) {
        NodeId reader = node(name, hint);
        if (!reader.valid() || !seen.insert(reader).second)
            continue;
        const graph::Node& candidate = graph().node(reader);
        if (std::find(candidate.inputs.begin(), candidate.inputs.end(), id) == candidate.inputs.end())
            tell(hint, name,
                 fmt::format("{} takes no input {}", quoted(candidate.displayName()), quoted(value.name)));
        else if (candidate.region != value.region)
            tell(hint, name,
                 fmt::format("{} reads {} from another graph than the one that makes it",
                             quoted(candidate.displayName()), quoted(value.name)));
        else
            result.push_back(reader);
    }
    return result;
}

std::size_t HintEditor::slotsOf(const graph::Node& node)
{
    std::size_t slots = 1 + node.inputs.size() + node.outputs.size() + node.metadata.size();
    for (const graph::Attribute& attribute : node.attributes) {
        ++slots;
        if (auto* ints = std::get_if<std::vector<std::int64_t>>(&attribute.value))
            slots += ints->size();
        else if (auto* floats = std::get_if<std::vector<float>>(&attribute.value))
            slots += floats->size();
        else if (auto* texts = std::get_if<std::vector<std::string>>(&attribute.value))
            slots += texts->size();
    }
    return slots;
}

bool HintEditor::mayMake(std::size_t slots, const std::string& name, std::string_view hint)
{
    if (slots > mostSlotsMade - m_slotsMade) {
        tell(hint, name, "the hints would make the graph too large");
        return false;
    }
    m_slotsMade += slots;
    return true;
}

std::string HintEditor::freeName(std::string_view base, std::string_view suffix) const
{
    std::string name = fmt::format("{}{}", base, suffix);
    for (std::size_t number = 2; m_values.contains(name); ++number)
        name = fmt::format("{}{}{}", base, suffix, number);
    return name;
}

ValueId HintEditor::addValue(RegionId region, std::string_view base, std::string_view suffix,
                             graph::ValueType type)
{
    std::string name = freeName(base, suffix);
    ValueId id = graph().addValue(region, name, std::move(type));
    m_values[std::move(name)].push_back(id);
    return id;
}

ValueId HintEditor::addInts(std::string_view base, std::vector<std::int64_t> numbers)
{
    std::string name = freeName(base, "");
    graph::Dims dims{static_cast<std::int64_t>(numbers.size())};
    ValueId id = graph().addConstant(graph().mainRegion(), name,
                                     graph::Tensor::of<std::int64_t>(std::move(dims), std::move(numbers)));
    m_values[std::move(name)].push_back(id);
    return id;
}

graph::Node HintEditor::onnxNode(std::string opType, std::int64_t version, std::vector<ValueId> inputs,
                                 ValueId output, const std::vector<NodeId>& origins)
{
    if (m_model.opsetVersion("") == 0)
        m_model.opsets.push_back({"", version});
    graph::Node node;
    node.name = graph().value(output).name;
    node.opType = std::move(opType);
    node.opsetVersion = version;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.origins = origins;
    return node;
}

graph::Node HintEditor::copyOf(NodeId id, std::string_view suffix)
{
    graph::Node copy = graph().node(id);
    if (!copy.name.empty())
        copy.name += suffix;
    for (ValueId& output : copy.outputs)
        if (output.valid()) {
            graph::ValueType type = graph().value(output).type;
            std::string base = graph().value(output).name;
            output = addValue(copy.region, base, suffix, std::move(type));
        }
    return copy;
}

void HintEditor::keepOrder(RegionId region)
{
    if (m_order.contains(region))
        return;
    auto order = graph::topologicalOrder(graph(), region);
    std::vector<NodeId>& kept = m_order[region];
    kept = order.ok() ? order.releaseValue() : graph().region(region).nodes;
    for (std::size_t i = 0; i < kept.size(); ++i)
        m_position[kept[i]] = i;
}

NodeId HintEditor::addNode(RegionId region, graph::Node node)
{
    keepOrder(region);
    count(node.inputs, true);
    return graph().addNode(region, std::move(node));
}

std::vector<NodeId>& HintEditor::listAt(NodeId node, const Place& place)
{
    return !place.beside.valid() ? m_first[graph().node(node).region]
           : place.isBefore      ? m_before[place.beside]
                                 : m_after[place.beside];
}

void HintEditor::put(NodeId node, const Place& place)
{
    if (auto old = m_places.find(node); old != m_places.end())
        std::erase(listAt(node, old->second), node);
    m_places[node] = place;
    listAt(node, place).push_back(node);
}

void HintEditor::insertBefore(NodeId before, graph::Node node)
{
    RegionId region = graph().node(before).region;
    put(addNode(region, std::move(node)), {before, true});
}

void HintEditor::insertAfter(ValueId value, graph::Node node)
{
    RegionId region = graph().value(value).region;
    NodeId producer = graph().value(value).producer;
    put(addNode(region, std::move(node)), {producer, false});
}

void HintEditor::moveBefore(NodeId node, NodeId reader)
{
    keepOrder(graph().node(node).region);
    put(node, {reader, true});
}

NodeId HintEditor::firstOf(const std::vector<NodeId>& nodes)
{
    auto position = [this](NodeId node) {
        for (auto place = m_places.find(node); place != m_places.end() && place->second.beside.valid();
             place = m_places.find(node))
            node = place->second.beside;
        return m_position[node];
    };
    keepOrder(graph().node(nodes.front()).region);
    return *std::min_element(nodes.begin(), nodes.end(),
                             [&](NodeId a, NodeId b) { return position(a) < position(b); });
}

void HintEditor::replaceInput(NodeId node, ValueId from, ValueId to)
{
    for (ValueId& input : graph().node(node).inputs)
        if (input == from) {
            input = to;
            --m_uses[from];
            ++m_uses[to];
        }
}

void HintEditor::removeNode(NodeId node)
{
    if (m_removed.insert(node).second)
        count(graph().node(node).inputs, false);
}

void HintEditor::placeNodes()
{
    for (auto& [region, order] : m_order) {
        std::vector<NodeId> placed;
        // From the back: a node is seen twice, first to put what goes around it, then to be placed itself.
        std::vector<std::pair<NodeId, bool>> pending;
        auto push = [&](const std::vector<NodeId>& nodes) {
            for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
                pending.emplace_back(*node, false);
        };
        std::erase_if(order, [this](NodeId node) { return m_places.contains(node); });
        push(order);
        push(m_first[region]);
        while (!pending.empty()) {
            auto [node, itself] = pending.back();
            pending.pop_back();
            if (itself) {
                placed.push_back(node);
                continue;
            }
            if (auto after = m_after.find(node); after != m_after.end())
                push(after->second);
            pending.emplace_back(node, true);
            if (auto before = m_before.find(node); before != m_before.end())
                push(before->second);
        }
        std::erase_if(placed, [this](NodeId node) { return m_removed.contains(node); });
        graph().region(region).nodes = std::move(placed);
    }
    for (NodeId id : m_removed) {
        std::vector<ValueId> outputs = graph().node(id).outputs;
        graph().removeNode(id);
        for (ValueId output : outputs)
            if (output.valid() && useCount(output) == 0 && !graph().value(output).producer.valid())
                graph().removeValue(output);
    }
    m_order.clear();
    m_before.clear();
    m_after.clear();
    m_first.clear();
    m_places.clear();
    m_position.clear();
    m_removed.clear();
}

void HintEditor::tell(std::string_view hint, const std::string& name, std::string text)
{
    if (++m_told > mostTold)
        return;
    const NodeId node = nodeOrNone(name);
    const bool isOfModel = node.valid() && !graph().node(node).origins.empty();
    m_problems.push_back({Severity::Warning, "plan-hint", displayText(name, 200),
                          isOfModel ? graph().node(node).origins.front() : NodeId(),
                          fmt::format("hint to {}: {}", hint, text),
                          "remove the hint, or give it for this graph"});
}

void HintEditor::tellHowManyMore()
{
    if (m_told > mostTold)
        m_problems.push_back({Severity::Warning,
                              "plan-hint",
                              {},
                              {},
                              fmt::format("{} more hints are not followed", m_told - mostTold),
                              {}});
}

} // namespace orrery::passes
