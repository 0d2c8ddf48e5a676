// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"
#include "engine/edit/actions.h"
#include "engine/edit/subgraph_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace orrery::edit {
namespace {

using graph::Graph;

std::string_view canonicalDomain(std::string_view domain)
{
    return domain == "ai.onnx" ? std::string_view() : domain;
}

class Pasting {
public:
    Pasting(const graph::Model& model, const graph::Model& snippet, const PasteOptions& options)
        : m_model(model)
        , m_graph(model.graph)
        , m_snippet(snippet)
        , m_source(snippet.graph)
        , m_options(options)
        , m_builder(model)
        , m_copy(m_builder, snippet.graph, options.region)
    {}

    Result<graph::Edit> run(std::string name)
    {
        RegionId target = m_options.region;
        if (!target.valid() || target.index() >= m_graph.regionSlots() || !m_graph.region(target).alive)
            return refused("there is no graph to paste into");
        findVisible();
        const graph::Region& main = m_source.main();
        std::unordered_set<ValueId> given;
        for (ValueId id : main.inputs)
            if (!m_source.value(id).isConstant()) {
                given.insert(id);
                TRY(bind(id));
            }
        for (ValueId id : main.initializers)
            m_copy.copyConstant(id);
        for (std::size_t i = 0; i < m_source.valueSlots(); ++i) {
            const graph::Value& value = m_source.value(ValueId(i));
            if (value.alive && value.region == m_source.mainRegion() && !value.producer.valid() &&
                !value.isConstant() && given.insert(value.id).second)
                TRY(bind(value.id)); // read, and given by nobody
        }
        TRY(m_copy.copyNodes(main.nodes));
        if (m_options.addOutputs)
            for (ValueId id : main.outputs)
                m_builder.add(
                    graph::InsertInList{target, graph::ValueList::Outputs, graph::atEnd, m_copy.mapped(id)});
        TRY(addFunctions());
        addImports();
        return std::move(m_builder).group(std::move(name));
    }

private:
    void findVisible()
    {
        std::vector<RegionId> around;
        for (RegionId region = m_options.region; region.valid();) {
            around.push_back(region);
            NodeId parent = m_graph.region(region).parent;
            region = parent.valid() ? m_graph.node(parent).region : RegionId();
        }
        std::reverse(around.begin(), around.end()); // the innermost of a name counts
        for (RegionId region : around)
            for (std::size_t i = 0; i < m_graph.valueSlots(); ++i)
                if (const graph::Value& value = m_graph.value(ValueId(i));
                    value.alive && value.region == region && !value.name.empty())
                    m_visible[value.name] = value.id;
    }

    Result<void> bind(ValueId id)
    {
        const graph::Value& value = m_source.value(id);
        if (auto chosen = m_options.bind.find(value.name); chosen != m_options.bind.end()) {
            TRY(needValue(m_graph, chosen->second));
            m_copy.map(id, chosen->second);
            return {};
        }
        if (auto same = m_visible.find(value.name); m_options.bindByName && same != m_visible.end()) {
            m_copy.map(id, same->second);
            return {};
        }
        ValueId made =
            m_builder.addValue(m_options.region, m_builder.names().takeForValue(value.name), value.type);
        m_copy.map(id, made);
        if (m_options.addInputs && m_options.region == m_graph.mainRegion())
            m_builder.add(
                graph::InsertInList{m_options.region, graph::ValueList::Inputs, graph::atEnd, made});
        return {};
    }

    Result<void> addFunctions()
    {
        for (const graph::Function& function : m_snippet.functions) {
            const graph::Function* known =
                m_model.findFunction(function.domain, function.name, function.overload);
            if (known == nullptr)
                m_builder.add(graph::AddFunction{function});
            else if (!graph::equal(known->body, function.body))
                return refused("both have a function \"" + displayText(function.name, 80) +
                               "\", with different bodies; rename one of them");
        }
        return {};
    }

    void addImports()
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

    const graph::Model& m_model;
    const Graph& m_graph;
    const graph::Model& m_snippet;
    const Graph& m_source;
    const PasteOptions& m_options;
    Builder m_builder;
    SubgraphCopy m_copy;
    std::unordered_map<std::string, ValueId> m_visible;
};

} // namespace

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
    std::size_t count = snippet.graph.main().nodes.size();
    return Pasting(model, snippet, options)
        .run(count == 1 ? std::string("Paste a node") : fmt::format("Paste {} nodes", count));
}

Result<graph::Edit> merge(const graph::Model& model, const graph::Model& other)
{
    PasteOptions options;
    options.bindByName = false;
    options.addOutputs = true;
    const std::string& name = other.graph.main().name;
    return Pasting(model, other, options)
        .run(name.empty() ? std::string("Merge a model") : "Merge " + displayText(name, 60));
}

} // namespace orrery::edit
