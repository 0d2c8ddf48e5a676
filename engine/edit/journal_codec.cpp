// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/journal_codec.h"

#include "engine/edit/archive.h"
#include "engine/graph/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace orrery::edit::archive {

template<>
struct Last<graph::TypeKind> {
    static constexpr auto value = graph::TypeKind::Opaque;
};
template<>
struct Last<graph::DataType> {
    static constexpr auto value = graph::DataType::Float4E2M1;
};
template<>
struct Last<graph::ValueList> {
    static constexpr auto value = graph::ValueList::ValueInfos;
};

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
void fields(auto& archive, Of<graph::ValueType> auto& s) { archive(s.kind, s.element, s.shape, s.inner); }

void fields(Encoder& archive, const graph::Tensor& tensor)
{
    archive(tensor.type(), tensor.dims());
    if (tensor.type() == graph::DataType::String)
        return archive(tensor.strings());
    bool loaded = tensor.bytes() != nullptr;
    archive(loaded);
    if (loaded)
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
        if (archive.failed() || static_cast<std::size_t>(count) != strings.size())
            return archive.fail();
        tensor = graph::Tensor::ofStrings(std::move(dims), std::move(strings));
        return;
    }
    bool loaded = false;
    archive(loaded);
    if (!loaded) {
        if (type != graph::DataType::Undefined)
            tensor = graph::Tensor::borrow(type, std::move(dims), nullptr);
        return;
    }
    auto bytes = archive.reader().take(*size);
    if (archive.failed())
        return;
    auto allocated = graph::Tensor::allocate(type, std::move(dims));
    if (!allocated.ok())
        return archive.fail();
    tensor = allocated.releaseValue();
    if (!bytes.empty())
        std::memcpy(tensor.mutableBytes(), bytes.data(), bytes.size());
}

void fields(auto& archive, Of<graph::ExternalData> auto& s)
{
    archive(s.location, s.offset, s.length, s.entries);
}
void fields(auto& archive, Of<graph::Initializer> auto& s) { archive(s.tensor, s.external, s.doc, s.extra); }
void fields(auto& archive, Of<graph::OpaqueAttribute> auto& s) { archive(s.onnxType, s.bytes); }
void fields(auto& archive, Of<graph::Attribute> auto& s)
{
    archive(s.name, s.value, s.reference, s.doc, s.extra);
}
void fields(auto& archive, Of<graph::Value> auto& s)
{
    archive(s.id, s.name, s.region, s.type, s.producer, s.initializer, s.extra, s.alive);
}
void fields(auto& archive, Of<graph::Node> auto& s)
{
    archive(s.id, s.name, s.opType, s.domain, s.overload, s.inputs, s.outputs, s.attributes, s.metadata,
            s.doc, s.region, s.opsetVersion, s.origins, s.extra, s.alive);
}
void fields(auto& archive, Of<graph::Region> auto& s)
{
    archive(s.id, s.parent, s.attributeName, s.name, s.doc, s.inputs, s.outputs, s.initializers, s.valueInfos,
            s.nodes, s.metadata, s.extra, s.alive);
}
void fields(auto& archive, Of<graph::Root> auto& s) { archive(s.name, s.inputs, s.outputs); }
void fields(auto& archive, Of<graph::OpsetImport> auto& s) { archive(s.domain, s.version); }

namespace {

struct Arena {
    std::vector<graph::Region> regions;
    std::vector<graph::Value> values;
    std::vector<graph::Node> nodes;
    std::vector<graph::Root> roots;
};

void fields(auto& archive, Of<Arena> auto& s) { archive(s.regions, s.values, s.nodes, s.roots); }

// Every id leads to a slot, where it must lead somewhere at all.
bool idsLeadSomewhere(const Arena& arena)
{
    auto named = [](auto id, const auto& slots) { return id.valid() && id.index() < slots.size(); };
    auto allowed = [&](auto id, const auto& slots) { return !id.valid() || named(id, slots); };
    auto allNamed = [&](const auto& ids, const auto& slots) {
        return std::all_of(ids.begin(), ids.end(), [&](auto id) { return named(id, slots); });
    };
    auto allAllowed = [&](const auto& ids, const auto& slots) {
        return std::all_of(ids.begin(), ids.end(), [&](auto id) { return allowed(id, slots); });
    };
    bool ok = !arena.regions.empty() && arena.regions.front().alive;
    for (const graph::Region& region : arena.regions) {
        ok = ok && allowed(region.parent, arena.nodes) && allNamed(region.nodes, arena.nodes);
        for (auto* list : {&region.inputs, &region.outputs, &region.initializers, &region.valueInfos})
            ok = ok && allNamed(*list, arena.values);
    }
    for (const graph::Value& value : arena.values)
        ok = ok && named(value.region, arena.regions) && allowed(value.producer, arena.nodes);
    for (const graph::Node& node : arena.nodes) {
        ok = ok && named(node.region, arena.regions) && allAllowed(node.inputs, arena.values) &&
             allAllowed(node.outputs, arena.values);
        for (RegionId region : ok ? node.regions() : std::vector<RegionId>())
            ok = ok && named(region, arena.regions);
    }
    for (const graph::Root& root : arena.roots)
        ok = ok && allNamed(root.inputs, arena.values) && allNamed(root.outputs, arena.values);
    return ok;
}

} // namespace

void fields(Encoder& archive, const graph::Graph& graph)
{
    Arena arena;
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        arena.regions.push_back(graph.region(RegionId(i)));
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        arena.values.push_back(graph.value(ValueId(i)));
    for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
        arena.nodes.push_back(graph.node(NodeId(i)));
    arena.roots = graph.roots();
    archive(arena);
}

void fields(Decoder& archive, graph::Graph& graph)
{
    Arena arena;
    archive(arena);
    if (archive.failed() || !idsLeadSomewhere(arena))
        return archive.fail();
    graph = graph::Graph();
    for (std::size_t i = 1; i < arena.regions.size(); ++i)
        graph.addRegion({}, {});
    for (std::size_t i = 0; i < arena.values.size(); ++i)
        graph.addValue(graph.mainRegion(), {});
    for (std::size_t i = 0; i < arena.nodes.size(); ++i)
        graph.addNode(graph.mainRegion(), {});
    auto put = [](auto& slots, auto id, auto&& slotOf) {
        for (std::size_t i = 0; i < slots.size(); ++i) {
            id.value = static_cast<std::uint32_t>(i);
            slots[i].id = id;
            slotOf(id) = std::move(slots[i]);
        }
    };
    put(arena.nodes, NodeId(), [&](NodeId id) -> graph::Node& { return graph.node(id); });
    put(arena.values, ValueId(), [&](ValueId id) -> graph::Value& { return graph.value(id); });
    put(arena.regions, RegionId(), [&](RegionId id) -> graph::Region& { return graph.region(id); });
    graph.roots() = std::move(arena.roots);
    for (const Problem& problem : graph::verify(graph))
        if (problem.code == "dead-reference" || problem.code == "wrong-region" ||
            problem.code == "wrong-producer")
            return archive.fail(); // links that edits rely on
}

void fields(auto& archive, Of<graph::Function> auto& s)
{
    archive(s.name, s.domain, s.overload, s.doc, s.attributes, s.attributeDefaults, s.opsets, s.body,
            s.extra);
}
void fields(auto& archive, Of<graph::NodeFields> auto& s)
{
    archive(s.name, s.opType, s.domain, s.overload, s.doc, s.metadata, s.opsetVersion, s.origins, s.extra);
}
void fields(auto& archive, Of<graph::ModelFields> auto& s)
{
    archive(s.irVersion, s.producerName, s.producerVersion, s.domain, s.doc, s.modelVersion, s.metadata);
}

void fields(auto& archive, Of<graph::Edit> auto& s) { archive(s.kind); }
void fields(auto& archive, Of<graph::Group> auto& s) { archive(s.name, s.edits); }
void fields(auto& archive, Of<graph::InFunction> auto& s) { archive(s.function, s.edits); }
void fields(auto& archive, Of<graph::AddNode> auto& s)
{
    archive(s.node, s.position, s.regions, s.values, s.inner);
}
void fields(auto& archive, Of<graph::RemoveNode> auto& s) { archive(s.node); }
void fields(auto& archive, Of<graph::AddValues> auto& s) { archive(s.values); }
void fields(auto& archive, Of<graph::RemoveValues> auto& s) { archive(s.values); }
void fields(auto& archive, Of<graph::Connect> auto& s) { archive(s.node, s.slot, s.value); }
void fields(auto& archive, Of<graph::SetInputs> auto& s) { archive(s.node, s.inputs); }
void fields(auto& archive, Of<graph::SetOutputs> auto& s) { archive(s.node, s.outputs); }
void fields(auto& archive, Of<graph::InsertAttribute> auto& s) { archive(s.node, s.position, s.attribute); }
void fields(auto& archive, Of<graph::EraseAttribute> auto& s) { archive(s.node, s.position); }
void fields(auto& archive, Of<graph::ReplaceAttribute> auto& s) { archive(s.node, s.position, s.attribute); }
void fields(auto& archive, Of<graph::SetNodeFields> auto& s) { archive(s.node, s.fields); }
void fields(auto& archive, Of<graph::MoveNode> auto& s) { archive(s.node, s.position); }
void fields(auto& archive, Of<graph::SetValueName> auto& s) { archive(s.value, s.name); }
void fields(auto& archive, Of<graph::SetValueType> auto& s) { archive(s.value, s.type); }
void fields(auto& archive, Of<graph::SetInitializer> auto& s) { archive(s.value, s.initializer, s.position); }
void fields(auto& archive, Of<graph::InsertInList> auto& s)
{
    archive(s.region, s.list, s.position, s.value);
}
void fields(auto& archive, Of<graph::EraseFromList> auto& s) { archive(s.region, s.list, s.position); }
void fields(auto& archive, Of<graph::MoveInList> auto& s) { archive(s.region, s.list, s.from, s.to); }
void fields(auto& archive, Of<graph::SetRegionFields> auto& s)
{
    archive(s.region, s.name, s.doc, s.metadata);
}
void fields(auto& archive, Of<graph::SetRoots> auto& s) { archive(s.roots); }
void fields(auto& archive, Of<graph::SetOpsets> auto& s) { archive(s.opsets); }
void fields(auto& archive, Of<graph::SetModelFields> auto& s) { archive(s.fields); }
void fields(auto& archive, Of<graph::AddFunction> auto& s) { archive(s.function, s.position); }
void fields(auto& archive, Of<graph::RemoveFunction> auto& s) { archive(s.position); }
void fields(auto&, Of<UndoRecord> auto&) {}
void fields(auto&, Of<RedoRecord> auto&) {}
void fields(auto& archive, Of<Numbering> auto& s)
{
    archive(s.nodes, s.values, s.regions, s.homes, s.others);
}
void fields(auto& archive, Of<KeptBytes> auto& s) { archive(s.edit, s.kept); }
void fields(auto& archive, Of<Start> auto& s) { archive(s.numbering, s.rest); }

} // namespace orrery::edit::archive

namespace orrery::edit {

std::vector<std::byte> encode(const JournalRecord& record)
{
    archive::Encoder archive;
    archive(record);
    return archive.writer().release();
}

Result<JournalRecord> decode(std::span<const std::byte> bytes)
{
    archive::Decoder archive(bytes);
    JournalRecord record;
    archive(record);
    if (archive.failed())
        return Error{ErrorCode::BadFile,
                     fmt::format("a record of {} bytes is damaged at byte {}", bytes.size(),
                                 archive.reader().position()),
                     {}};
    if (!archive.reader().atEnd())
        return Error{ErrorCode::BadFile,
                     fmt::format("a record has {} bytes too many", archive.reader().remaining()),
                     {}};
    return record;
}

} // namespace orrery::edit
