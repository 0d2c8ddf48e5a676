// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_links.h"

#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/formats/op_docs.h"
#include "engine/passes/infer.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>

namespace orrery::panels {
namespace {

using canvas::Fit;

QString tr(const char* text) { return QCoreApplication::translate("graphLinks", text); }

struct Slot {
    QString name;
    std::vector<std::string> types; // "tensor(float)"; empty: any
};

// Schemas are large, and names are asked for while the pointer moves.
const std::vector<Slot>& slotsOf(const graph::Model& model, const graph::Node& node)
{
    static std::map<std::tuple<std::string, std::string, std::int64_t>, std::vector<Slot>> known;
    const std::int64_t version = model.opsetVersion(node);
    auto [found, isNew] = known.try_emplace({node.domain, node.opType, version});
    if (isNew)
        if (const auto doc = formats::opDoc(node.domain, node.opType, version))
            for (const formats::OpParameter& input : doc->inputs)
                found->second.push_back(
                    {QString::fromStdString(displayText(input.name, 60)), input.allowedTypes});
    return found->second;
}

} // namespace

ValueId valueOf(const graph::Graph& graph, const canvas::Port& port)
{
    if (port.side != canvas::Side::Output)
        return {};
    if (const NodeId node = nodeOf(graph, port.key); node.valid()) {
        const auto& outputs = graph.node(node).outputs;
        return port.slot < outputs.size() ? outputs[port.slot] : ValueId();
    }
    if ((port.key >> 32) != (canvas::inputKey(0) >> 32))
        return {};
    const ValueId input{std::size_t(port.key & 0xffffffffu)};
    return graph.contains(input) ? input : ValueId();
}

NodeId nodeOf(const graph::Graph& graph, std::uint64_t key)
{
    if (key >= canvas::inputKey(0) || !graph.contains(NodeId(std::size_t(key))))
        return {};
    return NodeId(std::size_t(key));
}

std::optional<graph::Use> useOf(const graph::Graph& graph, const canvas::EdgeRef& edge)
{
    if (!edge.valid() || edge.value >= graph.valueSlots())
        return std::nullopt;
    const ValueId value{std::size_t(edge.value)};
    if (const NodeId node = nodeOf(graph, edge.to); node.valid()) {
        const auto& inputs = graph.node(node).inputs;
        if (edge.slot < inputs.size() && inputs[edge.slot] == value)
            return graph::Use{node, graph.node(node).region, edge.slot};
        return std::nullopt;
    }
    if ((edge.to >> 32) != (canvas::outputKey(0) >> 32))
        return std::nullopt;
    // The key holds the value; where an output is listed again, its place behind all values.
    const auto& outputs = graph.main().outputs;
    const auto number = std::size_t(edge.to & 0xffffffffu);
    const std::size_t place =
        number >= graph.valueSlots()
            ? number - graph.valueSlots()
            : std::size_t(std::find(outputs.begin(), outputs.end(), value) - outputs.begin());
    if (place >= outputs.size() || outputs[place] != value)
        return std::nullopt;
    return graph::Use{NodeId(), graph.mainRegion(), std::uint32_t(place)};
}

Fit typeFit(const graph::Model& model, const graph::Graph& typed, NodeId id, std::size_t slot, ValueId value)
{
    const graph::Node& node = typed.node(id);
    const ops::OpSpec* spec = ops::OpRegistry::builtin().find(node.domain, node.opType);
    if (spec == nullptr || !node.regions().empty())
        return Fit::Good;
    if (slot >= spec->maxInputs && spec->maxInputs != ops::OpSpec::any)
        return Fit::Clash;
    // What the standard does not allow clashes, whether or not it could be inferred.
    if (const auto& known = slotsOf(model, node); !known.empty()) {
        const auto& allowed = known[std::min(slot, known.size() - 1)].types;
        const graph::ValueType& type = typed.value(value).type;
        if (type.kind == graph::TypeKind::Tensor && type.element != graph::DataType::Undefined &&
            !allowed.empty() &&
            std::find(allowed.begin(), allowed.end(),
                      "tensor(" + std::string(graph::name(type.element)) + ")") == allowed.end())
            return Fit::Clash;
    }
    graph::Model trial;
    trial.irVersion = model.irVersion;
    trial.opsets = model.opsets;
    graph::Graph& graph = trial.graph;
    graph::Node copy = node;
    copy.region = graph.mainRegion();
    copy.inputs.resize(std::max(copy.inputs.size(), slot + 1));
    copy.inputs[slot] = value;
    for (std::size_t i = 0; i < std::max(copy.inputs.size(), spec->minInputs); ++i) {
        if (i >= copy.inputs.size() || !copy.inputs[i].valid()) {
            if (i < spec->minInputs)
                return Fit::Good; // what it needs besides is not there yet, so nothing can be said
            continue;
        }
        const graph::Value& source = typed.value(copy.inputs[i]);
        const std::string name = "v" + std::to_string(i);
        if (source.initializer && source.initializer->tensor.dims().size() < 100) {
            copy.inputs[i] = graph.addConstant(graph.mainRegion(), name, source.initializer->tensor);
        } else {
            copy.inputs[i] = graph.addValue(graph.mainRegion(), name, source.type);
            graph.main().inputs.push_back(copy.inputs[i]);
        }
    }
    for (std::size_t i = 0; i < copy.outputs.size(); ++i)
        if (copy.outputs[i].valid())
            copy.outputs[i] = graph.addValue(graph.mainRegion(), "o" + std::to_string(i));
    graph.addNode(graph.mainRegion(), std::move(copy));
    return hasErrors(passes::inferTypes(trial, ops::OpRegistry::builtin()).problems) ? Fit::Clash : Fit::Good;
}

LinkTargets::LinkTargets(const graph::Model& model, const graph::Graph& typed, ValueId value)
    : m_model(model)
    , m_typed(typed)
    , m_value(value)
{
    const graph::Graph& graph = model.graph;
    std::vector<NodeId> open;
    auto visit = [&](NodeId node) {
        if (graph.contains(node) && m_makers.insert(node).second)
            open.push_back(node);
    };
    visit(graph.value(value).producer);
    while (!open.empty()) {
        const graph::Node& node = graph.node(open.back());
        open.pop_back();
        for (ValueId input : node.inputs)
            if (graph.contains(input))
                visit(graph.value(input).producer);
        for (RegionId region : node.regions())
            for (NodeId inner : graph.region(region).nodes)
                visit(inner);
    }
}

bool LinkTargets::isPossible(NodeId node) const
{
    const graph::Graph& graph = m_model.graph;
    const RegionId home = graph.value(m_value).region;
    if (!graph.contains(node) || !graph::inScope(graph, graph.node(node).region, home))
        return false;
    for (NodeId at = node; graph.contains(at); at = graph.region(graph.node(at).region).parent) {
        if (m_makers.contains(at))
            return false;
        if (graph.node(at).region == home)
            break;
    }
    return true;
}

Fit LinkTargets::fit(NodeId node, std::size_t slot) const
{
    return isPossible(node) ? typeFit(m_model, m_typed, node, slot, m_value) : Fit::Impossible;
}

std::size_t shownInputs(const graph::Node& node)
{
    const ops::OpSpec* spec = ops::OpRegistry::builtin().find(node.domain, node.opType);
    if (spec == nullptr)
        return node.inputs.size();
    const std::size_t count = std::max(node.inputs.size(), spec->minInputs);
    return std::min<std::size_t>(count < spec->maxInputs ? count + 1 : count, 12);
}

QString inputName(const graph::Model& model, const graph::Node& node, std::size_t slot)
{
    const std::vector<Slot>& known = slotsOf(model, node);
    if (slot < known.size())
        return known[slot].name;
    return known.empty() ? tr("input %1").arg(slot)
                         : known.back().name + " " + QString::number(slot + 1 - known.size());
}

} // namespace orrery::panels
