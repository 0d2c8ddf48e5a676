// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/graph_codec.h"

#include <cstring>

namespace orrery::protocol {

template<>
struct LastEnumerator<graph::TypeKind> {
    static constexpr auto value = graph::TypeKind::Opaque;
};

namespace {

constexpr std::size_t largestKeptTensor = 4096;

} // namespace

void fields(Encoder& archive, const graph::Dim& dim)
{
    archive(dim.isKnown() ? dim.value() : std::int64_t{-1}, dim.symbol());
}

void fields(Decoder& archive, graph::Dim& dim)
{
    std::int64_t value = 0;
    std::string symbol;
    archive(value, symbol);
    dim = value >= 0 ? graph::Dim(value) : symbol.empty() ? graph::Dim() : graph::Dim::symbolic(symbol);
}

void fields(auto& archive, Of<graph::Shape> auto& s) { archive(s.dims); }

void fields(Encoder& archive, const graph::ValueType& type)
{
    archive(type.kind, type.element, type.shape, type.inner);
}

void fields(Decoder& archive, graph::ValueType& type)
{
    archive(type.kind, type.element, type.shape, type.inner);
}

void fields(auto& archive, Of<graph::ExternalData> auto& s)
{
    archive(s.location, s.offset, s.length, s.entries);
}

void fields(auto& archive, Of<graph::Initializer> auto& s) { archive(s.tensor, s.external, s.doc); }

void fields(Encoder& archive, const graph::OpaqueAttribute& s) { archive(s.onnxType); }
void fields(Decoder& archive, graph::OpaqueAttribute& s) { archive(s.onnxType); }

void fields(Encoder& archive, const graph::Attribute& s) { archive(s.name, s.value, s.reference, s.doc); }
void fields(Decoder& archive, graph::Attribute& s) { archive(s.name, s.value, s.reference, s.doc); }

void fields(auto& archive, Of<graph::Value> auto& s)
{
    archive(s.name, s.region, s.type, s.producer, s.initializer, s.alive);
}

void fields(auto& archive, Of<graph::Node> auto& s)
{
    archive(s.name, s.opType, s.domain, s.overload, s.inputs, s.outputs, s.attributes, s.metadata, s.doc,
            s.region, s.opsetVersion, s.origins, s.alive);
}

void fields(auto& archive, Of<graph::Region> auto& s)
{
    archive(s.parent, s.attributeName, s.name, s.doc, s.inputs, s.outputs, s.initializers, s.valueInfos,
            s.nodes, s.metadata, s.alive);
}

void fields(Encoder& archive, const graph::Root& root) { archive(root.name, root.inputs, root.outputs); }

void fields(Decoder& archive, graph::Root& root) { archive(root.name, root.inputs, root.outputs); }

void fields(Encoder& archive, const graph::Tensor& tensor)
{
    archive(tensor.type(), tensor.dims());
    if (tensor.type() == graph::DataType::String) {
        archive(tensor.strings());
        return;
    }
    bool kept = tensor.bytes() != nullptr && tensor.byteSize() <= largestKeptTensor;
    archive(kept);
    if (kept)
        archive.writer().raw(tensor.bytes(), tensor.byteSize());
}

void fields(Decoder& archive, graph::Tensor& tensor)
{
    graph::DataType type{};
    graph::Dims dims;
    archive(type, dims);
    auto size = graph::byteSizeOf(type, dims);
    if (!size)
        archive.fail();
    if (archive.failed())
        return;
    if (type == graph::DataType::String) {
        std::vector<std::string> strings;
        archive(strings);
        std::int64_t count = 1;
        for (std::int64_t dim : dims)
            count *= dim; // does not overflow: byteSizeOf() counted the elements
        if (static_cast<std::size_t>(count) != strings.size())
            return archive.fail();
        tensor = graph::Tensor::ofStrings(std::move(dims), std::move(strings));
        return;
    }
    bool kept = false;
    archive(kept);
    if (!kept) {
        tensor = graph::Tensor::borrow(type, std::move(dims), nullptr);
        return;
    }
    auto bytes = archive.reader().take(*size);
    auto allocated = *size <= largestKeptTensor && !archive.failed()
                         ? graph::Tensor::allocate(type, std::move(dims))
                         : Result<graph::Tensor>(Error{});
    if (!allocated.ok())
        return archive.fail();
    tensor = allocated.releaseValue();
    if (!bytes.empty())
        std::memcpy(tensor.mutableBytes(), bytes.data(), bytes.size());
}

void fields(Encoder& archive, const graph::Graph& graph)
{
    std::vector<graph::Region> regions;
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        regions.push_back(graph.region(RegionId(i)));
    archive(regions);
    archive(std::uint64_t{graph.valueSlots()});
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        archive(graph.value(ValueId(i)));
    archive(std::uint64_t{graph.nodeSlots()});
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        archive(graph.node(NodeId(i)));
    archive(graph.roots());
}

namespace {

// Every id inside a decoded graph must name a slot; those marked optional may also be invalid.
class IdCheck {
public:
    IdCheck(std::size_t regions, std::size_t values, std::size_t nodes)
        : m_regions(regions)
        , m_values(values)
        , m_nodes(nodes)
    {}

    bool ok = true;

    void need(RegionId id) { ok = ok && id.index() < m_regions; }
    void need(ValueId id) { ok = ok && id.index() < m_values; }
    void need(NodeId id) { ok = ok && id.index() < m_nodes; }
    template<class Id>
    void allow(Id id)
    {
        if (id.valid())
            need(id);
    }
    template<class Id>
    void needAll(const std::vector<Id>& ids)
    {
        for (Id id : ids)
            need(id);
    }
    template<class Id>
    void allowAll(const std::vector<Id>& ids)
    {
        for (Id id : ids)
            allow(id);
    }
    void attribute(const graph::AttributeValue& value)
    {
        if (auto* one = std::get_if<RegionId>(&value))
            need(*one);
        if (auto* many = std::get_if<std::vector<RegionId>>(&value))
            needAll(*many);
    }

private:
    std::size_t m_regions, m_values, m_nodes;
};

} // namespace

void fields(Decoder& archive, graph::Graph& graph)
{
    std::vector<graph::Region> regions;
    std::vector<graph::Value> values;
    std::vector<graph::Node> nodes;
    std::vector<graph::Root> roots;
    archive(regions, values, nodes, roots);
    IdCheck check(regions.size(), values.size(), nodes.size());
    for (const auto& region : regions) {
        check.allow(region.parent);
        check.needAll(region.inputs);
        check.needAll(region.outputs);
        check.needAll(region.initializers);
        check.needAll(region.valueInfos);
        check.needAll(region.nodes);
    }
    for (const auto& value : values) {
        check.allow(value.region);
        check.allow(value.producer);
    }
    for (const auto& node : nodes) {
        check.allow(node.region);
        check.allowAll(node.inputs);
        check.allowAll(node.outputs);
        for (const auto& attribute : node.attributes)
            check.attribute(attribute.value);
    }
    for (const auto& root : roots) {
        check.needAll(root.inputs);
        check.needAll(root.outputs);
    }
    if (archive.failed() || !check.ok || regions.empty())
        return archive.fail();

    graph = graph::Graph();
    for (std::size_t i = 1; i < regions.size(); ++i)
        graph.addRegion({}, {});
    for (std::size_t i = 0; i < values.size(); ++i)
        graph.addValue(graph.mainRegion(), {});
    for (std::size_t i = 0; i < nodes.size(); ++i)
        graph.addNode(graph.mainRegion(), {});
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].id = NodeId(i);
        graph.node(NodeId(i)) = std::move(nodes[i]);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i].id = ValueId(i);
        graph.value(ValueId(i)) = std::move(values[i]);
    }
    for (std::size_t i = 0; i < regions.size(); ++i) {
        regions[i].id = RegionId(i);
        graph.region(RegionId(i)) = std::move(regions[i]);
    }
    graph.roots() = std::move(roots);
}

} // namespace orrery::protocol
