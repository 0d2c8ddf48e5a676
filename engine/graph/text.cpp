// SPDX-License-Identifier: Apache-2.0
//
// Subgraphs are written below their node, one step further in; the order is worked off with a list, so that
// nesting costs no stack.
#include "engine/graph/text.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace orrery::graph {
namespace {

class Writer {
public:
    explicit Writer(const Graph& graph)
        : m_graph(graph)
    {
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            if (graph.value(ValueId(i)).alive)
                ++m_count[graph.value(ValueId(i)).name];
    }

    std::string name(ValueId id) const
    {
        if (!id.valid())
            return "_";
        const Value& value = m_graph.value(id);
        if (value.name.empty())
            return fmt::format("%#{}", id.value);
        auto count = m_count.find(value.name);
        std::string text = "%" + displayText(value.name, 200);
        return count != m_count.end() && count->second > 1 ? fmt::format("{}#{}", text, id.value) : text;
    }

    std::string typed(ValueId id) const
    {
        if (!id.valid())
            return "_";
        const ValueType& type = m_graph.value(id).type;
        return type.kind == TypeKind::Unknown ? name(id) : name(id) + ": " + displayText(type.text(), 400);
    }

    template<class F>
    std::string list(const std::vector<ValueId>& ids, F one) const
    {
        std::string text;
        for (ValueId id : ids)
            text += (text.empty() ? "" : ", ") + one(id);
        return text;
    }

    std::string node(const Node& node) const
    {
        auto named = [this](ValueId id) { return name(id); };
        auto withType = [this](ValueId id) { return typed(id); };
        std::string text = list(node.outputs, withType) + " = ";
        if (!node.domain.empty())
            text += displayText(node.domain, 200) + ".";
        text += displayText(node.opType, 200);
        if (!node.overload.empty())
            text += ":" + displayText(node.overload, 200);
        text += "(" + list(node.inputs, named) + ")";
        std::string attributes;
        for (const Attribute& attribute : node.attributes)
            attributes += fmt::format("{}{}={}", attributes.empty() ? "" : ", ",
                                      displayText(attribute.name, 200), attribute.text());
        if (!attributes.empty())
            text += " {" + attributes + "}";
        if (!node.name.empty())
            text += " \"" + displayText(node.name, 400) + "\"";
        return text;
    }

    std::string write() const
    {
        struct Step {
            RegionId region; // a heading, then its nodes; or
            NodeId node;
            int depth = 0;
        };
        std::string out;
        std::vector<Step> pending{{m_graph.mainRegion(), NodeId(), 0}};
        while (!pending.empty()) {
            Step step = pending.back();
            pending.pop_back();
            std::string indent(static_cast<std::size_t>(step.depth) * 2, ' ');
            if (step.node.valid()) {
                const Node& at = m_graph.node(step.node);
                out += indent + node(at) + "\n";
                auto regions = at.regions();
                for (std::size_t i = regions.size(); i-- > 0;)
                    pending.push_back({regions[i], NodeId(), step.depth + 1});
                continue;
            }
            const Region& region = m_graph.region(step.region);
            out += indent + heading(region) + "\n";
            for (ValueId id : region.initializers)
                out += indent + "  " + constant(id) + "\n";
            for (std::size_t i = region.nodes.size(); i-- > 0;)
                pending.push_back({RegionId(), region.nodes[i], step.depth + 1});
        }
        return out;
    }

private:
    std::string heading(const Region& region) const
    {
        auto withType = [this](ValueId id) { return typed(id); };
        std::string label =
            region.parent.valid() ? displayText(region.attributeName, 200) : std::string("graph");
        if (!region.name.empty())
            label += " \"" + displayText(region.name, 200) + "\"";
        return fmt::format("{} ({}) -> ({})", label, list(region.inputs, withType),
                           list(region.outputs, withType));
    }

    std::string constant(ValueId id) const
    {
        const Tensor& tensor = m_graph.value(id).initializer->tensor;
        std::string text =
            fmt::format("const {}: {} {}", name(id), graph::name(tensor.type()), dimsText(tensor.dims()));
        if (tensor.bytes() == nullptr || tensor.elementCount() > 8)
            return text;
        Attribute shown;
        shown.value = tensor;
        return text + " = " + shown.text();
    }

    const Graph& m_graph;
    std::unordered_map<std::string_view, int> m_count;
};

} // namespace

std::string nodeText(const Graph& graph, NodeId id) { return Writer(graph).node(graph.node(id)); }

std::string toText(const Graph& graph) { return Writer(graph).write(); }

std::string toText(const Model& model)
{
    std::string out;
    for (const OpsetImport& opset : model.opsets)
        out += fmt::format("opset {} {}\n", opset.domain.empty() ? "ai.onnx" : displayText(opset.domain, 200),
                           opset.version);
    out += toText(model.graph);
    for (const Function& function : model.functions) {
        out += fmt::format("function {}{}{}\n",
                           function.domain.empty() ? "" : displayText(function.domain, 200) + ".",
                           displayText(function.name, 200),
                           function.overload.empty() ? "" : ":" + displayText(function.overload, 200));
        out += toText(function.body);
    }
    return out;
}

} // namespace orrery::graph
