// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/pasting.h"
#include "engine/edit/pieces.h"
#include "engine/graph/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace orrery::edit {
namespace {

using graph::Graph;

std::string_view canonicalDomain(std::string_view domain)
{
    return domain == "ai.onnx" ? std::string_view() : domain;
}

std::array<std::string, 3> keyOf(const std::string& domain, const std::string& name,
                                 const std::string& overload)
{
    return {std::string(canonicalDomain(domain)), name, overload};
}

bool identical(const graph::Tensor& a, const graph::Tensor& b)
{
    if (a.type() != b.type() || a.dims() != b.dims())
        return false;
    if (a.type() == graph::DataType::String)
        return a.strings() == b.strings();
    if (a.bytes() == b.bytes())
        return a.bytes() != nullptr || a.byteSize() == 0;
    return a.bytes() != nullptr && b.bytes() != nullptr &&
           std::memcmp(a.bytes(), b.bytes(), a.byteSize()) == 0;
}

// The node of the value's region that is, or holds, the one that has the region as a body.
NodeId holderOf(const Graph& graph, RegionId region, RegionId home)
{
    for (NodeId parent = graph.region(region).parent; parent.valid();
         parent = graph.region(graph.node(parent).region).parent)
        if (graph.node(parent).region == home)
            return parent;
    return {};
}

} // namespace

bool mayBe(const graph::ValueType& has, const graph::ValueType& wanted)
{
    using graph::TypeKind;
    if (has.kind == TypeKind::Unknown || wanted.kind == TypeKind::Unknown)
        return true;
    if (has.kind != wanted.kind)
        return false;
    const bool elementsKnown =
        has.element != graph::DataType::Undefined && wanted.element != graph::DataType::Undefined;
    if (elementsKnown && has.element != wanted.element)
        return false;
    if (!has.shape || !wanted.shape)
        return true;
    if (has.shape->rank() != wanted.shape->rank())
        return false;
    for (std::size_t axis = 0; axis < has.shape->rank(); ++axis) {
        const graph::Dim &a = has.shape->dims[axis], &b = wanted.shape->dims[axis];
        if (a.isKnown() && b.isKnown() && !(a == b))
            return false;
    }
    return true;
}

Pasting::Pasting(const graph::Model& model, const graph::Model& snippet, const PasteOptions& options)
    : m_model(model)
    , m_graph(model.graph)
    , m_snippet(snippet)
    , m_source(snippet.graph)
    , m_options(options)
    , m_notes(options.notes != nullptr ? *options.notes : m_unasked)
    , m_builder(model)
    , m_copy(m_builder, snippet.graph, options.region)
{}

Result<void> Pasting::put(std::uint32_t position)
{
    const RegionId target = m_options.region;
    if (!target.valid() || target.index() >= m_graph.regionSlots() || !m_graph.region(target).alive)
        return refused("there is no graph to paste into");
    findVisible();
    planFunctions();
    const graph::Region& main = m_source.main();
    for (ValueId id : main.inputs)
        if (!m_source.value(id).isConstant())
            TRY(bind(id));
    for (ValueId id : main.initializers)
        putConstant(id);
    for (std::size_t i = 0; i < m_source.valueSlots(); ++i) {
        const graph::Value& value = m_source.value(ValueId(i));
        if (value.alive && value.region == m_source.mainRegion() && !value.producer.valid() &&
            !value.isConstant())
            TRY(bind(value.id)); // read, and given by nobody
    }
    TRY(m_copy.copyNodes(main.nodes, position));
    addFunctions();
    addImports();
    return {};
}

void Pasting::findVisible()
{
    if (!m_options.bindByName)
        return;
    std::vector<RegionId> around;
    for (RegionId region = m_options.region; region.valid();) {
        around.push_back(region);
        const NodeId parent = m_graph.region(region).parent;
        region = parent.valid() ? m_graph.node(parent).region : RegionId();
    }
    std::reverse(around.begin(), around.end()); // the innermost of a name counts
    for (RegionId region : around)
        for (std::size_t i = 0; i < m_graph.valueSlots(); ++i)
            if (const graph::Value& value = m_graph.value(ValueId(i));
                value.alive && value.region == region && !value.name.empty())
                m_visible[value.name] = value.id;
}

// Made by what holds the body, or by what depends on that.
bool Pasting::isBehind(const graph::Value& value) const
{
    if (value.region == m_options.region || !value.producer.valid())
        return false;
    const NodeId holder = holderOf(m_graph, m_options.region, value.region);
    std::vector<NodeId> open{value.producer};
    std::unordered_set<NodeId> seen{value.producer};
    while (!open.empty()) {
        const NodeId id = open.back();
        open.pop_back();
        if (id == holder)
            return true;
        for (ValueId read : graph::valuesRead(m_graph, id))
            if (const NodeId maker = m_graph.value(read).producer;
                maker.valid() && m_graph.node(maker).region == value.region && seen.insert(maker).second)
                open.push_back(maker);
    }
    return false;
}

bool Pasting::fits(ValueId has, const graph::ValueType& wanted) const
{
    const Graph& typed =
        m_options.typed != nullptr && m_options.typed->contains(has) ? *m_options.typed : m_graph;
    return mayBe(typed.value(has).type, wanted) && !isBehind(m_graph.value(has));
}

Result<void> Pasting::bind(ValueId id)
{
    if (m_copy.isMapped(id))
        return {};
    const graph::Value& value = m_source.value(id);
    if (auto chosen = m_options.bind.find(value.name); chosen != m_options.bind.end()) {
        TRY(needValue(m_graph, chosen->second));
        m_copy.map(id, chosen->second);
        return {};
    }
    if (auto same = m_visible.find(value.name); same != m_visible.end() && fits(same->second, value.type)) {
        m_copy.map(id, same->second);
        m_notes.connected.push_back(value.name);
        return {};
    }
    const ValueId made =
        m_builder.addValue(m_options.region, m_builder.names().takeForValue(value.name), value.type);
    m_copy.map(id, made);
    m_notes.open.push_back(value.name);
    if (m_options.addInputs && m_options.region == m_graph.mainRegion())
        m_builder.add(graph::InsertInList{m_options.region, graph::ValueList::Inputs, graph::atEnd, made});
    return {};
}

void Pasting::putConstant(ValueId id)
{
    const graph::Value& value = m_source.value(id);
    if (m_copy.isMapped(id))
        return;
    if (auto same = m_visible.find(value.name); same != m_visible.end())
        if (const graph::Value& known = m_graph.value(same->second);
            known.isConstant() && identical(known.initializer->tensor, value.initializer->tensor)) {
            m_copy.map(id, known.id);
            m_notes.shared.push_back(value.name);
            return;
        }
    m_copy.copyConstant(id);
}

void Pasting::planFunctions()
{
    auto isTaken = [&](const graph::Function& function, const std::string& name) {
        auto has = [&](const std::vector<graph::Function>& all) {
            return std::any_of(all.begin(), all.end(), [&](const graph::Function& other) {
                return keyOf(other.domain, other.name, other.overload) ==
                       keyOf(function.domain, name, function.overload);
            });
        };
        return has(m_model.functions) || has(m_snippet.functions);
    };
    for (const graph::Function& function : m_snippet.functions) {
        const graph::Function* known =
            m_model.findFunction(function.domain, function.name, function.overload);
        if (known != nullptr && graph::equal(known->body, function.body))
            continue;
        m_functions.push_back(function);
        if (known == nullptr)
            continue;
        std::string name = function.name;
        for (int i = 1; isTaken(function, name); ++i)
            name = fmt::format("{}_{}", function.name, i);
        m_notes.renamed.push_back(function.name);
        m_renamed[keyOf(function.domain, function.name, function.overload)] = name;
        m_functions.back().name = std::move(name);
    }
    if (m_renamed.empty())
        return;
    auto rename = [this](graph::Node& node) {
        auto found = m_renamed.find(keyOf(node.domain, node.opType, node.overload));
        if (found != m_renamed.end())
            node.opType = found->second;
    };
    for (graph::Function& function : m_functions)
        for (NodeId id : function.body.liveNodes())
            rename(function.body.node(id));
    m_copy.setAdjust(rename);
}

void Pasting::addFunctions()
{
    for (graph::Function& function : m_functions)
        m_builder.add(graph::AddFunction{std::move(function)});
}

void Pasting::addImports()
{
    std::vector<graph::OpsetImport> opsets = m_model.opsets;
    for (const graph::OpsetImport& import : m_snippet.opsets)
        if (std::none_of(opsets.begin(), opsets.end(), [&](const graph::OpsetImport& known) {
                return canonicalDomain(known.domain) == canonicalDomain(import.domain);
            }))
            opsets.push_back(import);
    if (opsets != m_model.opsets)
        m_builder.add(graph::SetOpsets{std::move(opsets)});
}

Result<graph::Edit> duplicate(const graph::Model& model, const std::set<NodeId>& nodes)
{
    const Graph& graph = model.graph;
    if (nodes.empty())
        return refused("no node is chosen");
    for (NodeId id : nodes)
        TRY(needNode(graph, id));
    RegionId region = graph.node(*nodes.begin()).region;
    std::vector<NodeId> chosen;
    std::uint32_t after = 0;
    const auto& order = graph.region(region).nodes;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (nodes.count(order[i]) != 0) {
            chosen.push_back(order[i]);
            after = static_cast<std::uint32_t>(i + 1);
        }
    if (chosen.size() != nodes.size())
        return refused("the nodes lie in different graphs; choose those of one");
    Builder builder(model);
    SubgraphCopy copy(builder, graph, region);
    TRY(copy.copyNodes(chosen, after));
    return std::move(builder).group(chosen.size() == 1
                                        ? "Duplicate " + graph.node(chosen.front()).displayName()
                                        : fmt::format("Duplicate {} nodes", chosen.size()));
}

Result<graph::Edit> paste(const graph::Model& model, const graph::Model& snippet, const PasteOptions& options)
{
    Pasting pasting(model, snippet, options);
    TRY(pasting.put());
    if (options.addOutputs)
        for (ValueId id : snippet.graph.main().outputs)
            pasting.builder().add(graph::InsertInList{options.region, graph::ValueList::Outputs, graph::atEnd,
                                                      pasting.copy().mapped(id)});
    const std::size_t count = snippet.graph.main().nodes.size();
    return std::move(pasting.builder())
        .group(count == 1 ? std::string("Paste a node") : fmt::format("Paste {} nodes", count));
}

Result<graph::Edit> merge(const graph::Model& model, const graph::Model& other)
{
    PasteOptions options;
    options.bindByName = false;
    options.addOutputs = true;
    graph::Edit edit = TRY(paste(model, other, options));
    const std::string& name = other.graph.main().name;
    std::get<graph::Group>(edit.kind).name =
        name.empty() ? std::string("Merge a model") : "Merge " + displayText(name, 60);
    return edit;
}

} // namespace orrery::edit
