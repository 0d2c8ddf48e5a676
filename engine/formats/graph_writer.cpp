// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/graph_writer.h"

#include "engine/base/text.h"
#include "engine/formats/attribute_proto.h"
#include "engine/formats/external_data.h"
#include "engine/formats/graph_reader.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/type_proto.h"

#include <fmt/format.h>

#include <deque>
#include <unordered_map>
#include <unordered_set>

namespace orrery::formats {
namespace {

using google::protobuf::RepeatedPtrField;
using graph::Graph;

Error damagedExtra(const std::string& what)
{
    return Error{ErrorCode::Internal, "the fields kept from the file are damaged", what};
}

// Declarations of a region that differ from those that the values hold, by name, in file order.
class Overrides {
public:
    explicit Overrides(RepeatedPtrField<onnx::ValueInfoProto>& infos)
    {
        for (auto& info : infos)
            m_byName[info.name()].push_back(std::move(info));
        infos.Clear();
    }
    bool take(const std::string& name, onnx::ValueInfoProto& out)
    {
        auto found = m_byName.find(name);
        if (found == m_byName.end() || found->second.empty())
            return false;
        out = std::move(found->second.front());
        found->second.pop_front();
        return true;
    }

private:
    std::unordered_map<std::string, std::deque<onnx::ValueInfoProto>> m_byName;
};

class GraphWriter {
public:
    GraphWriter(const Graph& graph, ExternalReferences references)
        : m_graph(graph)
        , m_references(references)
    {
        for (std::size_t i = 0; i < graph.valueSlots(); ++i)
            if (graph.value(ValueId(i)).alive)
                m_taken.insert(graph.value(ValueId(i)).name);
    }

    Result<void> write(onnx::GraphProto& proto)
    {
        m_pending.push_back({m_graph.mainRegion(), &proto});
        return work();
    }

    Result<void> writeBody(onnx::FunctionProto& proto)
    {
        const graph::Region& region = m_graph.main();
        for (ValueId id : region.inputs)
            proto.add_input(name(id));
        for (ValueId id : region.outputs)
            proto.add_output(name(id));
        for (NodeId id : region.nodes)
            TRY(writeNode(m_graph.node(id), *proto.add_node()));
        return work();
    }

private:
    Result<void> work()
    {
        while (!m_pending.empty()) {
            auto [region, proto] = m_pending.back();
            m_pending.pop_back();
            TRY(writeRegion(m_graph.region(region), *proto));
        }
        return {};
    }

    std::string name(ValueId id)
    {
        if (!id.valid())
            return {};
        const graph::Value& value = m_graph.value(id);
        if (!value.name.empty() || (!value.producer.valid() && !value.initializer))
            return value.name;
        std::string& made = m_made[id];
        for (int attempt = 0; made.empty(); ++attempt) {
            std::string candidate = attempt == 0 ? fmt::format("value_{}", id.value)
                                                 : fmt::format("value_{}_{}", id.value, attempt);
            if (m_taken.insert(candidate).second)
                made = candidate;
        }
        return made;
    }

    Result<void> writeInfo(ValueId id, Overrides* overrides, onnx::ValueInfoProto& proto)
    {
        const graph::Value& value = m_graph.value(id);
        onnx::ValueInfoProto held;
        if (!parseExtra(held, value.extra))
            return damagedExtra(displayText(value.name, 200));
        bool changed = !value.extra.empty() && typeFromProto(held.type()) != value.type;
        bool overridden = overrides != nullptr && overrides->take(value.name, proto);
        if (!overridden)
            proto = std::move(held);
        if (std::string wanted = name(id); proto.name() != wanted)
            proto.set_name(wanted);
        if ((!overridden || changed) && typeFromProto(proto.type()) != value.type)
            updateTypeProto(*proto.mutable_type(), value.type);
        return {};
    }

    Result<void> writeInitializer(ValueId id, onnx::TensorProto& proto)
    {
        const graph::Value& value = m_graph.value(id);
        const graph::Initializer& initializer = *value.initializer;
        std::string what = fmt::format("initializer \"{}\"", displayText(value.name, 200));
        if (!parseExtra(proto, initializer.extra))
            return damagedExtra(what);
        const graph::ExternalData* external = m_references == ExternalReferences::Keep && initializer.external
                                                  ? &*initializer.external
                                                  : nullptr;
        if (external != nullptr && external->location.empty())
            return Error{ErrorCode::Internal, "it was to be stored beside the model and has no place there",
                         what};
        if (external != nullptr)
            if (std::string why = whyLocationRefused(external->location); !why.empty())
                return Error{
                    ErrorCode::BadModel,
                    fmt::format("its external data \"{}\" would lie outside of the model's folder: {}",
                                displayText(external->location, 200), why),
                    what};
        auto filled = fillTensorProto(proto, initializer.tensor, external);
        if (!filled.ok()) {
            Error error = filled.releaseError();
            error.where = what;
            return error;
        }
        if (std::string wanted = name(id); !wanted.empty())
            proto.set_name(wanted);
        if (!initializer.doc.empty())
            proto.set_doc_string(initializer.doc);
        return {};
    }

    Result<void> writeRegion(const graph::Region& region, onnx::GraphProto& proto)
    {
        if (!parseExtra(proto, region.extra))
            return damagedExtra(displayText(region.name, 200));
        if (!region.name.empty())
            proto.set_name(region.name);
        if (!region.doc.empty())
            proto.set_doc_string(region.doc);
        setMetadata(proto, newer::graphMetadata, region.metadata);
        Overrides outputs(*proto.mutable_output());
        Overrides infos(*proto.mutable_value_info());
        for (ValueId id : region.inputs)
            TRY(writeInfo(id, nullptr, *proto.add_input()));
        for (ValueId id : region.outputs)
            TRY(writeInfo(id, &outputs, *proto.add_output()));
        for (ValueId id : region.valueInfos)
            TRY(writeInfo(id, &infos, *proto.add_value_info()));
        for (ValueId id : region.initializers)
            TRY(writeInitializer(id, *proto.add_initializer()));
        proto.mutable_node()->Reserve(static_cast<int>(region.nodes.size()));
        for (NodeId id : region.nodes)
            TRY(writeNode(m_graph.node(id), *proto.add_node()));
        return {};
    }

    Result<void> writeNode(const graph::Node& node, onnx::NodeProto& proto)
    {
        if (!parseExtra(proto, node.extra))
            return damagedExtra(node.displayName());
        for (ValueId id : node.inputs)
            proto.add_input(name(id));
        for (ValueId id : node.outputs)
            proto.add_output(name(id));
        if (!node.name.empty())
            proto.set_name(node.name);
        if (!node.opType.empty())
            proto.set_op_type(node.opType);
        if (!node.domain.empty())
            proto.set_domain(node.domain);
        if (!node.doc.empty())
            proto.set_doc_string(node.doc);
        if (unknownString(proto, newer::nodeOverload).value_or(std::string()) != node.overload)
            setUnknownString(proto, newer::nodeOverload, node.overload);
        setMetadata(proto, newer::nodeMetadata, node.metadata);
        for (const graph::Attribute& attribute : node.attributes) {
            auto& out = *proto.add_attribute();
            auto filled = fillAttributeProto(out, attribute);
            if (!filled.ok()) {
                Error error = filled.releaseError();
                error.where = fmt::format("attribute \"{}\" of {}", displayText(attribute.name, 80),
                                          node.displayName());
                return error;
            }
            if (auto* single = std::get_if<RegionId>(&attribute.value))
                m_pending.push_back({*single, out.mutable_g()});
            else if (auto* list = std::get_if<std::vector<RegionId>>(&attribute.value))
                for (RegionId region : *list)
                    m_pending.push_back({region, out.add_graphs()});
        }
        return {};
    }

    const Graph& m_graph;
    ExternalReferences m_references;
    std::unordered_set<std::string> m_taken;
    std::unordered_map<ValueId, std::string> m_made;
    std::vector<std::pair<RegionId, onnx::GraphProto*>> m_pending;
};

} // namespace

void setMetadata(google::protobuf::Message& message, int unknownField, const graph::Metadata& metadata)
{
    if (takeMetadata(message, unknownField) == metadata)
        return;
    auto* fields = message.GetReflection()->MutableUnknownFields(&message);
    fields->DeleteByNumber(unknownField);
    for (const auto& [key, value] : metadata) {
        onnx::StringStringEntryProto entry;
        entry.set_key(key);
        entry.set_value(value);
        fields->AddLengthDelimited(unknownField, serialized(entry));
    }
}

Result<void> writeGraph(const Graph& graph, ExternalReferences references, onnx::GraphProto& proto)
{
    return GraphWriter(graph, references).write(proto);
}

Result<void> writeFunctionBody(const Graph& graph, ExternalReferences references, onnx::FunctionProto& proto)
{
    return GraphWriter(graph, references).writeBody(proto);
}

} // namespace orrery::formats
