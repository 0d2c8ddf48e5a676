// SPDX-License-Identifier: Apache-2.0
//
// Equality of what an edit and its undo must give back: every modelled field of what is alive, in its order.
// Tensors are compared by their bytes, unless they share them.
#include "engine/graph/edit.h"

#include <algorithm>
#include <bit>

namespace orrery::graph {
namespace {

bool equalTensors(const Tensor& a, const Tensor& b)
{
    if (a.type() != b.type() || a.dims() != b.dims())
        return false;
    if (a.type() == DataType::String)
        return a.strings() == b.strings();
    if (a.bytes() == nullptr || b.bytes() == nullptr)
        return a.bytes() == b.bytes();
    return a.identicalTo(b);
}

template<class T, class F>
bool equalLists(const std::vector<T>& a, const std::vector<T>& b, F one)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), one);
}

bool sameBits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

bool equalAttributes(const Attribute& a, const Attribute& b)
{
    return a.name == b.name && a.reference == b.reference && a.doc == b.doc && a.extra == b.extra &&
           equal(a.value, b.value);
}

bool equalInitializers(const Initializer& a, const Initializer& b)
{
    return a.external == b.external && a.doc == b.doc && a.extra == b.extra &&
           equalTensors(a.tensor, b.tensor);
}

bool equalValues(const Value& a, const Value& b)
{
    return a.id == b.id && a.name == b.name && a.region == b.region && a.type == b.type &&
           a.producer == b.producer && a.extra == b.extra &&
           a.initializer.has_value() == b.initializer.has_value() &&
           (!a.initializer || equalInitializers(*a.initializer, *b.initializer));
}

bool equalNodes(const Node& a, const Node& b)
{
    return a.id == b.id && a.name == b.name && a.opType == b.opType && a.domain == b.domain &&
           a.overload == b.overload && a.inputs == b.inputs && a.outputs == b.outputs &&
           a.metadata == b.metadata && a.doc == b.doc && a.region == b.region &&
           a.opsetVersion == b.opsetVersion && a.origins == b.origins && a.extra == b.extra &&
           equalLists(a.attributes, b.attributes, equalAttributes);
}

bool equalRegions(const Region& a, const Region& b)
{
    return a.id == b.id && a.parent == b.parent && a.attributeName == b.attributeName && a.name == b.name &&
           a.doc == b.doc && a.inputs == b.inputs && a.outputs == b.outputs &&
           a.initializers == b.initializers && a.valueInfos == b.valueInfos && a.nodes == b.nodes &&
           a.metadata == b.metadata && a.extra == b.extra;
}

bool equalRoots(const Root& a, const Root& b)
{
    return a.name == b.name && a.inputs == b.inputs && a.outputs == b.outputs;
}

bool equalFunctions(const Function& a, const Function& b)
{
    return a.name == b.name && a.domain == b.domain && a.overload == b.overload && a.doc == b.doc &&
           a.attributes == b.attributes && a.opsets == b.opsets && a.extra == b.extra &&
           equalLists(a.attributeDefaults, b.attributeDefaults, equalAttributes) && equal(a.body, b.body);
}

// Slots that one of the graphs does not have count as removed.
template<class Id, class Get, class Same>
bool equalSlots(std::size_t countA, std::size_t countB, Get get, Same same)
{
    for (std::size_t i = 0; i < std::max(countA, countB); ++i) {
        auto [a, b] = get(Id(i));
        const bool inA = i < countA && a->alive;
        const bool inB = i < countB && b->alive;
        if (inA != inB || (inA && !same(*a, *b)))
            return false;
    }
    return true;
}

} // namespace

bool equal(const AttributeValue& a, const AttributeValue& b)
{
    if (a.index() != b.index())
        return false;
    if (auto* tensor = std::get_if<Tensor>(&a))
        return equalTensors(*tensor, std::get<Tensor>(b));
    if (auto* tensors = std::get_if<std::vector<Tensor>>(&a))
        return equalLists(*tensors, std::get<std::vector<Tensor>>(b), equalTensors);
    if (auto* number = std::get_if<float>(&a))
        return sameBits(*number, std::get<float>(b));
    if (auto* numbers = std::get_if<std::vector<float>>(&a))
        return equalLists(*numbers, std::get<std::vector<float>>(b), sameBits);
    return std::visit(
        [&](const auto& left) {
            using T = std::remove_cvref_t<decltype(left)>;
            if constexpr (!std::is_same_v<T, Tensor> && !std::is_same_v<T, std::vector<Tensor>>)
                return left == std::get<T>(b);
            else
                return false; // tensors, which were compared above
        },
        a);
}

bool equal(const Graph& a, const Graph& b)
{
    auto pairOf = [&](std::size_t inA, std::size_t inB, auto id, auto slot) {
        return std::pair(id.index() < inA ? &slot(a, id) : nullptr,
                         id.index() < inB ? &slot(b, id) : nullptr);
    };
    return equalSlots<NodeId>(
               a.nodeSlots(), b.nodeSlots(),
               [&](NodeId id) {
                   return pairOf(a.nodeSlots(), b.nodeSlots(), id,
                                 [](const Graph& graph, NodeId at) -> const Node& { return graph.node(at); });
               },
               equalNodes) &&
           equalSlots<ValueId>(
               a.valueSlots(), b.valueSlots(),
               [&](ValueId id) {
                   return pairOf(
                       a.valueSlots(), b.valueSlots(), id,
                       [](const Graph& graph, ValueId at) -> const Value& { return graph.value(at); });
               },
               equalValues) &&
           equalSlots<RegionId>(
               a.regionSlots(), b.regionSlots(),
               [&](RegionId id) {
                   return pairOf(
                       a.regionSlots(), b.regionSlots(), id,
                       [](const Graph& graph, RegionId at) -> const Region& { return graph.region(at); });
               },
               equalRegions) &&
           equalLists(a.roots(), b.roots(), equalRoots);
}

bool equal(const Model& a, const Model& b)
{
    return a.irVersion == b.irVersion && a.producerName == b.producerName &&
           a.producerVersion == b.producerVersion && a.domain == b.domain &&
           a.modelVersion == b.modelVersion && a.doc == b.doc && a.opsets == b.opsets &&
           a.metadata == b.metadata && a.extra == b.extra && a.sourcePath == b.sourcePath &&
           a.format == b.format && equal(a.graph, b.graph) &&
           equalLists(a.functions, b.functions, equalFunctions);
}

} // namespace orrery::graph
