// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/edit/random_edit.h"

#include "engine/edit/actions.h"

#include <fmt/format.h>

namespace orrery::tests {
namespace {

using edit::NewNode;
using graph::Graph;
using graph::Model;
using graph::Node;

struct Draw {
    const Model& model;
    const Graph& graph;
    Random& random;

    std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); }
    bool chance(std::size_t percent) { return below(100) < percent; }

    // Mostly alive, sometimes not even there.
    NodeId node()
    {
        for (int attempt = 0; attempt < 20; ++attempt) {
            NodeId id(below(graph.nodeSlots() + (chance(1) ? 2 : 0)));
            if (graph.contains(id))
                return id;
        }
        return NodeId(below(graph.nodeSlots() + 1));
    }
    ValueId value()
    {
        for (int attempt = 0; attempt < 20; ++attempt) {
            ValueId id(below(graph.valueSlots() + (chance(1) ? 2 : 0)));
            if (graph.contains(id))
                return id;
        }
        return ValueId(below(graph.valueSlots() + 1));
    }
    // Of no node, mostly, so that reading it closes no cycle.
    ValueId unmade()
    {
        ValueId id = value();
        for (int attempt = 0; attempt < 20; ++attempt, id = value())
            if (graph.contains(id) && !graph.value(id).producer.valid())
                return id;
        return id;
    }
    // Of the region of a node, or around it.
    ValueId visible(NodeId reader)
    {
        for (int attempt = 0; attempt < 20 && graph.contains(reader); ++attempt) {
            ValueId id = value();
            if (graph.contains(id) &&
                graph::inScope(graph, graph.node(reader).region, graph.value(id).region))
                return id;
        }
        return value();
    }
    RegionId region()
    {
        for (int attempt = 0; attempt < 20; ++attempt) {
            RegionId id(below(graph.regionSlots()));
            if (graph.region(id).alive)
                return id;
        }
        return graph.mainRegion();
    }
    std::set<NodeId> nodes()
    {
        std::set<NodeId> chosen{node()};
        // Neighbours in the list, as a selection has them.
        if (graph.contains(*chosen.begin())) {
            const auto& order = graph.region(graph.node(*chosen.begin()).region).nodes;
            std::size_t at = below(order.size());
            for (std::size_t i = below(5); i-- > 0 && at + i < order.size();)
                chosen.insert(order[at + i]);
        }
        return chosen;
    }
    std::string word() { return fmt::format("w{}", below(50)); }
    graph::Tensor tensor()
    {
        if (chance(50))
            return graph::Tensor::of<float>({2, 3}, std::vector<float>(6, static_cast<float>(below(9))));
        return graph::Tensor::of<std::int64_t>(
            {2}, std::vector<std::int64_t>{static_cast<std::int64_t>(below(5)), -1});
    }
    graph::ValueType type()
    {
        static const graph::DataType elements[] = {graph::DataType::Float32, graph::DataType::Int64,
                                                   graph::DataType::Float16, graph::DataType::Bool};
        graph::Shape shape;
        for (std::size_t rank = below(5); rank-- > 0;)
            shape.dims.push_back(chance(20)   ? graph::Dim::symbolic(word())
                                 : chance(10) ? graph::Dim()
                                              : graph::Dim(static_cast<std::int64_t>(1 + below(64))));
        return graph::ValueType::tensor(elements[below(4)],
                                        chance(10) ? std::nullopt : std::optional(std::move(shape)));
    }
    NewNode newNode()
    {
        static const char* ops[] = {"Relu",    "Neg",       "Add",    "Mul",     "Identity", "Sigmoid",
                                    "Reshape", "Transpose", "Concat", "Shape",   "Cast",     "Softmax",
                                    "MatMul",  "Gather",    "NoSuch", "Squeeze", "Slice",    "Loop"};
        NewNode wish{ops[below(std::size(ops))]};
        for (std::size_t i = below(3); i-- > 0;)
            wish.inputs.push_back(chance(10) ? ValueId() : chance(5) ? value() : unmade());
        if (wish.opType == "Cast")
            wish.attributes = {attribute("to", std::int64_t(1 + below(12)))};
        if (wish.opType == "Concat")
            wish.attributes = {attribute("axis", std::int64_t(below(3)))};
        if (chance(5))
            wish.outputs = below(4);
        return wish;
    }
    static graph::Attribute attribute(std::string name, graph::AttributeValue value)
    {
        graph::Attribute result;
        result.name = std::move(name);
        result.value = std::move(value);
        return result;
    }
    graph::AttributeValue attributeValue()
    {
        switch (below(6)) {
        case 0:
            return std::monostate();
        case 1:
            return static_cast<std::int64_t>(below(5)) - 2;
        case 2:
            return 0.25f * static_cast<float>(below(9));
        case 3:
            return std::vector<std::int64_t>{static_cast<std::int64_t>(below(4)),
                                             static_cast<std::int64_t>(below(4))};
        case 4:
            return word();
        default:
            return tensor();
        }
    }
    std::string attributeName(NodeId id)
    {
        static const char* names[] = {"axis", "axes", "perm", "pads", "alpha", "kernel_shape"};
        if (graph.contains(id) && !graph.node(id).attributes.empty() && chance(70))
            return graph.node(id).attributes[below(graph.node(id).attributes.size())].name;
        return names[below(std::size(names))];
    }
    Result<edit::Edge> edge()
    {
        if (chance(10))
            return edit::Edge{NodeId(), region(), static_cast<std::uint32_t>(below(2))};
        NodeId reader = node();
        if (!graph.contains(reader))
            return Error{ErrorCode::Usage, "no node", {}};
        return edit::Edge{reader, graph.node(reader).region,
                          static_cast<std::uint32_t>(below(graph.node(reader).inputs.size() + 1))};
    }
};

// x → Mul(x, c) → If with two bodies → y
Model snippet()
{
    Model model;
    model.opsets = {{"", 17}, {"com.example", 2}};
    Graph& g = model.graph;
    ValueId x = g.addValue(RegionId(0), "x", graph::ValueType::tensor(graph::DataType::Float32));
    ValueId c = g.addConstant(RegionId(0), "c", graph::Tensor::scalar(2.0f));
    ValueId flag = g.addConstant(RegionId(0), "flag", graph::Tensor::scalar(true));
    ValueId m = g.addValue(RegionId(0), "m");
    ValueId y = g.addValue(RegionId(0), "y");
    g.main().inputs = {x};
    g.main().outputs = {y};
    auto add = [&](RegionId region, std::string op, std::vector<ValueId> in, ValueId out) {
        Node node;
        node.opType = std::move(op);
        node.inputs = std::move(in);
        node.outputs = {out};
        return g.addNode(region, std::move(node));
    };
    add(RegionId(0), "Mul", {x, c}, m);
    NodeId branch = add(RegionId(0), "If", {flag}, y);
    for (const char* name : {"then_branch", "else_branch"}) {
        RegionId body = g.addRegion(branch, name);
        g.node(branch).setAttribute(name, body);
        ValueId out = g.addValue(body, std::string(name) + "_out");
        add(body, name[0] == 't' ? "Neg" : "Abs", {m}, out);
        g.region(body).outputs = {out};
    }
    return model;
}

Result<graph::Edit> primitive(Draw& draw)
{
    const Graph& graph = draw.graph;
    switch (draw.below(18)) {
    case 11: // names given twice, and hidden ones
    case 12:
    case 13:
        return graph::Edit(graph::SetValueName{draw.value(), fmt::format("w{}", draw.below(4))});
    case 14:
    case 15: {
        NodeId node = draw.node();
        graph::NodeFields fields =
            graph.contains(node) ? graph::fieldsOf(graph.node(node)) : graph::NodeFields();
        fields.name = fmt::format("w{}", draw.below(4));
        return graph::Edit(graph::SetNodeFields{node, std::move(fields)});
    }
    case 0: { // may close a cycle, sometimes
        NodeId node = draw.node();
        ValueId value = draw.value();
        if (draw.chance(80))
            TRY(edit::canConnect(draw.model, node, 0, value));
        return graph::Edit(graph::Connect{node, static_cast<std::uint32_t>(draw.below(3)), value});
    }
    case 1:
        return graph::Edit(graph::MoveNode{draw.node(), static_cast<std::uint32_t>(draw.below(40))});
    case 2:
        return graph::Edit(graph::RemoveNode{draw.node()});
    case 3: {
        NodeId node = draw.node();
        ValueId value = draw.value();
        graph::UseIndex uses(graph);
        if (graph.contains(value) && !draw.chance(10))
            for (const graph::Use& use : uses.uses(value))
                if (use.node.valid())
                    return Error{ErrorCode::Usage, "it is read, and would close a cycle", {}};
        return graph::Edit(graph::SetOutputs{node, {value}});
    }
    case 4: {
        std::vector<graph::OpsetImport> opsets = draw.model.opsets;
        if (!opsets.empty())
            opsets[draw.below(opsets.size())].version = static_cast<std::int64_t>(9 + draw.below(12));
        return graph::Edit(graph::SetOpsets{std::move(opsets)});
    }
    case 5: // all or nothing
        return graph::Edit(graph::Group{
            "group",
            {graph::SetValueName{draw.value(), draw.word()}, graph::RemoveNode{draw.node()},
             graph::Connect{draw.node(), static_cast<std::uint32_t>(draw.below(9)), draw.value()}}});
    case 6: {
        NodeId node = draw.node();
        ValueId first = draw.visible(node), second = draw.visible(node);
        TRY(edit::canConnect(draw.model, node, 0, first));
        TRY(edit::canConnect(draw.model, node, 0, second));
        return graph::Edit(graph::SetInputs{node, {first, ValueId(), second}});
    }
    case 7:
        return graph::Edit(graph::EraseAttribute{draw.node(), static_cast<std::uint32_t>(draw.below(3))});
    case 8:
        return graph::Edit(graph::SetRegionFields{draw.region(), draw.word(), "doc", {{"k", draw.word()}}});
    case 9:
        return graph::Edit(graph::MoveInList{draw.region(), static_cast<graph::ValueList>(draw.below(4)),
                                             static_cast<std::uint32_t>(draw.below(4)),
                                             static_cast<std::uint32_t>(draw.below(4))});
    case 10:
        return graph::Edit(graph::SetRoots{{graph::Root{"part", {draw.value()}, {draw.value()}}}});
    default: {
        graph::Value value;
        value.id = ValueId(graph.valueSlots());
        value.region = draw.region();
        value.name = draw.word();
        value.type = draw.type();
        return graph::Edit(graph::AddValues{{std::move(value)}});
    }
    }
}

} // namespace

Result<graph::Edit> randomEdit(const Model& model, Random& random)
{
    Draw draw{model, model.graph, random};
    const auto& ops = ops::OpRegistry::builtin();
    switch (draw.below(30)) {
    case 0:
        return edit::addNode(model, draw.region(), draw.newNode());
    case 1:
    case 2:
        return edit::insertOnEdge(model, TRY(draw.edge()), draw.newNode());
    case 3:
        return edit::insertAfter(model, draw.value(), draw.newNode());
    case 4:
        return edit::bypass(model, draw.node(), draw.below(2));
    case 5:
    case 6:
        return edit::deleteNodes(model, draw.nodes(),
                                 draw.chance(80) ? edit::Reconnect::Yes : edit::Reconnect::No);
    case 7:
        return edit::replaceOperator(model, draw.node(), draw.newNode().opType, draw.chance(5) ? "d" : "",
                                     {});
    case 8: {
        auto compatible = edit::compatibleOperators(model, draw.node(), ops);
        if (compatible.empty())
            return Error{ErrorCode::Usage, "nothing compatible", {}};
        const ops::OpSpec* spec = compatible[draw.below(std::min<std::size_t>(compatible.size(), 20))];
        return edit::replaceOperator(model, draw.node(), std::string(spec->name), std::string(spec->domain),
                                     {});
    }
    case 9:
        return edit::renameNode(model, draw.node(), draw.word());
    case 10:
    case 11: {
        NodeId node = draw.node();
        return edit::setAttribute(model, node, draw.attributeName(node), draw.attributeValue());
    }
    case 12:
    case 13: {
        NodeId node = draw.node();
        return edit::connect(model, node, draw.below(4), draw.visible(node));
    }
    case 14:
        return edit::disconnect(model, draw.node(), draw.below(3));
    case 15:
        return edit::renameValue(model, draw.value(), draw.word());
    case 16:
        return edit::setType(model, draw.value(), draw.type());
    case 17:
        return edit::addInput(model, draw.region(), draw.word(), draw.type());
    case 18:
        return edit::removeInput(model, draw.value());
    case 19:
        return edit::addOutput(model, draw.region(), draw.value());
    case 20:
        return edit::removeOutput(model, draw.region(), draw.below(3));
    case 21:
        return edit::addInitializer(model, draw.region(), draw.word(), draw.tensor());
    case 22:
        return edit::setInitializer(model, draw.value(), draw.tensor());
    case 23:
        return draw.chance(50) ? edit::initializerToInput(model, draw.value())
                               : edit::makeStatic(model, draw.word(), 3);
    case 24:
        return draw.chance(20) ? edit::makeSymbolic(model, ops, 0, draw.word())
                               : edit::sortNodes(model, draw.region());
    case 25:
        return edit::duplicate(model, draw.nodes());
    case 26:
        if (draw.chance(50) && !model.functions.empty())
            return edit::inlineFunction(model, draw.node());
        return edit::groupAsFunction(model, draw.nodes(), draw.word(), "local");
    case 27: {
        static const Model pasted = snippet();
        edit::PasteOptions options;
        options.region = draw.region();
        options.bindByName = draw.chance(50);
        options.addOutputs = draw.chance(30);
        if (draw.chance(50))
            options.bind["x"] = draw.value();
        return draw.chance(10) ? edit::merge(model, pasted) : edit::paste(model, pasted, options);
    }
    default:
        return primitive(draw);
    }
}

} // namespace orrery::tests
