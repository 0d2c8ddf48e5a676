// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/graph.h"

#include "engine/base/text.h"

#include <algorithm>

namespace orrery::graph {
namespace {

template<class T>
const T* attributeAs(const Node& node, std::string_view name)
{
    const Attribute* attribute = node.attribute(name);
    return attribute == nullptr ? nullptr : std::get_if<T>(&attribute->value);
}

template<class T>
T valueOr(const T* value, T fallback)
{
    return value == nullptr ? std::move(fallback) : *value;
}

} // namespace

ValueType ValueType::tensor(DataType type, std::optional<Shape> shape)
{
    ValueType result;
    result.kind = TypeKind::Tensor;
    result.element = type;
    result.shape = std::move(shape);
    return result;
}

std::string ValueType::text() const
{
    auto innerText = [this] { return inner.empty() ? std::string("unknown") : inner.front().text(); };
    switch (kind) {
    case TypeKind::Unknown:
        return "unknown";
    case TypeKind::Tensor:
    case TypeKind::SparseTensor:
        return std::string(kind == TypeKind::Tensor ? "" : "sparse ") + std::string(graph::name(element)) +
               " " + (shape ? shape->text() : "?");
    case TypeKind::Sequence:
        return "sequence of " + innerText();
    case TypeKind::Optional:
        return "optional " + innerText();
    case TypeKind::Map:
        return "map of " + std::string(graph::name(element)) + " to " + innerText();
    case TypeKind::Opaque:
        return "opaque";
    }
    return "unknown";
}

const Attribute* Node::attribute(std::string_view attributeName) const
{
    for (const Attribute& attribute : attributes)
        if (attribute.name == attributeName)
            return &attribute;
    return nullptr;
}

std::int64_t Node::intAttribute(std::string_view attributeName, std::int64_t fallback) const
{
    return valueOr(attributeAs<std::int64_t>(*this, attributeName), fallback);
}

float Node::floatAttribute(std::string_view attributeName, float fallback) const
{
    return valueOr(attributeAs<float>(*this, attributeName), fallback);
}

std::string Node::stringAttribute(std::string_view attributeName, std::string_view fallback) const
{
    return valueOr(attributeAs<std::string>(*this, attributeName), std::string(fallback));
}

std::vector<std::int64_t> Node::intsAttribute(std::string_view attributeName,
                                              std::vector<std::int64_t> fallback) const
{
    return valueOr(attributeAs<std::vector<std::int64_t>>(*this, attributeName), std::move(fallback));
}

std::vector<float> Node::floatsAttribute(std::string_view attributeName, std::vector<float> fallback) const
{
    return valueOr(attributeAs<std::vector<float>>(*this, attributeName), std::move(fallback));
}

const Tensor* Node::tensorAttribute(std::string_view attributeName) const
{
    return attributeAs<Tensor>(*this, attributeName);
}

RegionId Node::regionAttribute(std::string_view attributeName) const
{
    return valueOr(attributeAs<RegionId>(*this, attributeName), RegionId());
}

void Node::setAttribute(std::string_view attributeName, AttributeValue value)
{
    for (Attribute& attribute : attributes)
        if (attribute.name == attributeName) {
            attribute.value = std::move(value);
            return;
        }
    Attribute attribute;
    attribute.name = attributeName;
    attribute.value = std::move(value);
    attributes.push_back(std::move(attribute));
}

std::vector<RegionId> Node::regions() const
{
    std::vector<RegionId> result;
    for (const Attribute& attribute : attributes) {
        if (auto* single = std::get_if<RegionId>(&attribute.value))
            result.push_back(*single);
        else if (auto* list = std::get_if<std::vector<RegionId>>(&attribute.value))
            result.insert(result.end(), list->begin(), list->end());
    }
    return result;
}

std::string Node::displayName() const
{
    return name.empty() ? displayText(opType, 200) + " #" + std::to_string(id.value) : displayText(name, 400);
}

Graph::Graph()
{
    m_regions.emplace_back();
    m_regions.back().id = RegionId(0);
}

std::size_t Graph::nodeCount() const
{
    return static_cast<std::size_t>(
        std::count_if(m_nodes.begin(), m_nodes.end(), [](const Node& n) { return n.alive; }));
}

std::vector<NodeId> Graph::liveNodes() const
{
    std::vector<NodeId> result;
    for (const Node& node : m_nodes)
        if (node.alive)
            result.push_back(node.id);
    return result;
}

RegionId Graph::addRegion(NodeId parent, std::string attributeName)
{
    Region region;
    region.id = RegionId(m_regions.size());
    region.parent = parent;
    region.attributeName = std::move(attributeName);
    m_regions.push_back(std::move(region));
    return m_regions.back().id;
}

ValueId Graph::addValue(RegionId region, std::string name, ValueType type)
{
    Value value;
    value.id = ValueId(m_values.size());
    value.name = std::move(name);
    value.region = region;
    value.type = std::move(type);
    m_values.push_back(std::move(value));
    return m_values.back().id;
}

ValueId Graph::addConstant(RegionId regionId, std::string name, Tensor tensor)
{
    ValueId id =
        addValue(regionId, std::move(name), ValueType::tensor(tensor.type(), Shape::of(tensor.dims())));
    Initializer initializer;
    initializer.tensor = std::move(tensor);
    value(id).initializer = std::move(initializer);
    region(regionId).initializers.push_back(id);
    return id;
}

NodeId Graph::addNode(RegionId regionId, Node newNode, NodeId before)
{
    NodeId id(m_nodes.size());
    newNode.id = id;
    newNode.region = regionId;
    newNode.alive = true;
    for (ValueId output : newNode.outputs)
        if (output.valid())
            value(output).producer = id;
    m_nodes.push_back(std::move(newNode));
    auto& order = region(regionId).nodes;
    order.insert(before.valid() ? std::find(order.begin(), order.end(), before) : order.end(), id);
    return id;
}

void Graph::removeNode(NodeId id)
{
    std::vector<NodeId> pending{id};
    while (!pending.empty()) {
        Node& dead = node(pending.back());
        pending.pop_back();
        if (!dead.alive)
            continue;
        dead.alive = false;
        std::erase(region(dead.region).nodes, dead.id);
        for (ValueId output : dead.outputs)
            if (output.valid() && value(output).producer == dead.id)
                value(output).producer = NodeId();
        for (RegionId inner : dead.regions()) {
            region(inner).alive = false;
            pending.insert(pending.end(), region(inner).nodes.begin(), region(inner).nodes.end());
        }
    }
}

void Graph::removeValue(ValueId id)
{
    Value& dead = value(id);
    dead.alive = false;
    Region& home = region(dead.region);
    if (dead.initializer)
        std::erase(home.initializers, id);
    std::erase(home.valueInfos, id);
}

void Graph::replaceUses(ValueId from, ValueId to)
{
    for (Node& user : m_nodes)
        if (user.alive)
            std::replace(user.inputs.begin(), user.inputs.end(), from, to);
    for (Region& user : m_regions)
        if (user.alive)
            std::replace(user.outputs.begin(), user.outputs.end(), from, to);
}

Root Graph::mainRoot() const
{
    Root root;
    root.name = "main";
    for (ValueId input : main().inputs)
        if (!value(input).isConstant())
            root.inputs.push_back(input);
    root.outputs = main().outputs;
    return root;
}

std::optional<Root> Graph::findRoot(std::string_view name) const
{
    for (const Root& root : m_roots)
        if (root.name == name)
            return root;
    if (name == "main")
        return mainRoot();
    return std::nullopt;
}

UseIndex::UseIndex(const Graph& graph)
    : m_uses(graph.valueSlots())
{
    auto add = [this](ValueId value, Use use) {
        if (value.valid() && value.index() < m_uses.size())
            m_uses[value.index()].push_back(use);
    };
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i) {
        const Node& node = graph.node(NodeId(i));
        if (!node.alive)
            continue;
        for (std::size_t slot = 0; slot < node.inputs.size(); ++slot)
            add(node.inputs[slot], Use{node.id, node.region, static_cast<std::uint32_t>(slot)});
    }
    for (std::size_t i = 0; i < graph.regionSlots(); ++i) {
        const Region& region = graph.region(RegionId(i));
        if (!region.alive)
            continue;
        for (std::size_t slot = 0; slot < region.outputs.size(); ++slot)
            add(region.outputs[slot], Use{NodeId(), region.id, static_cast<std::uint32_t>(slot)});
    }
}

} // namespace orrery::graph
