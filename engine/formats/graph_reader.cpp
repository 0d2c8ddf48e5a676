// SPDX-License-Identifier: Apache-2.0
//
// A region is read in three steps: (1) its inputs, initializers and all node outputs become values and enter
// the region's scope, so that nodes may stand in any order; (2) nodes are made and their inputs are looked up
// in the scope and those around it; (3) graph attributes are queued as regions of their own. A name that
// nobody defines becomes a value without a producer, which verify() reports.
#include "engine/formats/graph_reader.h"

#include "engine/base/text.h"
#include "engine/formats/attribute_proto.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/type_proto.h"

#include <fmt/format.h>

#include <unordered_map>

namespace orrery::formats {
namespace {

using google::protobuf::RepeatedPtrField;
using graph::Graph;

class GraphReader {
public:
    GraphReader(Graph& graph, ReadContext& context)
        : m_graph(graph)
        , m_context(context)
    {}

    Result<void> readMain(onnx::GraphProto& proto)
    {
        m_pending.push_back({m_graph.mainRegion(), RegionId(), &proto});
        return work();
    }

    Result<void> readBody(onnx::FunctionProto& proto)
    {
        RegionId region = m_graph.mainRegion();
        for (const std::string& name : proto.input())
            m_graph.region(region).inputs.push_back(define(region, name));
        TRY(readNodes(region, *proto.mutable_node()));
        for (const std::string& name : proto.output())
            addOutput(region, name);
        return work();
    }

private:
    struct Scope {
        RegionId outer;
        std::unordered_map<std::string, ValueId> names;
    };
    struct Pending {
        RegionId region;
        RegionId outer;
        onnx::GraphProto* proto;
    };

    Result<void> work()
    {
        while (!m_pending.empty()) {
            Pending next = m_pending.back();
            m_pending.pop_back();
            scope(next.region).outer = next.outer;
            TRY(readRegion(next.region, *next.proto));
        }
        return {};
    }

    Scope& scope(RegionId region)
    {
        if (m_scopes.size() <= region.index())
            m_scopes.resize(region.index() + 1);
        return m_scopes[region.index()];
    }

    ValueId local(RegionId region, const std::string& name)
    {
        auto& names = scope(region).names;
        auto found = names.find(name);
        return found == names.end() ? ValueId() : found->second;
    }

    ValueId lookUp(RegionId region, const std::string& name)
    {
        for (; region.valid(); region = scope(region).outer)
            if (ValueId id = local(region, name); id.valid())
                return id;
        return {};
    }

    void report(Severity severity, std::string code, std::string node, NodeId id, std::string text,
                std::string remedy)
    {
        m_context.report(
            {severity, std::move(code), std::move(node), id, std::move(text), std::move(remedy)});
    }

    // A value of that name in this region; the first of a name is the one that the name means.
    ValueId define(RegionId region, const std::string& name)
    {
        ValueId id = m_graph.addValue(region, name);
        if (!name.empty())
            scope(region).names.emplace(name, id);
        return id;
    }

    ValueId resolve(RegionId region, const std::string& name)
    {
        ValueId id = lookUp(region, name);
        return id.valid() ? id : define(region, name);
    }

    // The file's declaration of a value: its type now, its bytes for saving.
    void declare(ValueId id, const onnx::ValueInfoProto& info)
    {
        graph::Value& value = m_graph.value(id);
        if (value.type.kind == graph::TypeKind::Unknown)
            value.type = typeFromProto(info.type());
        if (value.extra.empty())
            value.extra = serialized(info);
    }

    // Declarations that the value cannot hold (its own differs) stay with the region.
    bool heldBy(ValueId id, RegionId region, const onnx::ValueInfoProto& info)
    {
        if (m_graph.value(id).region != region)
            return false;
        declare(id, info);
        return m_graph.value(id).extra == serialized(info);
    }

    void addOutput(RegionId region, const std::string& name)
    {
        ValueId id = resolve(region, name);
        m_graph.region(region).outputs.push_back(id);
    }

    Result<void> readInitializers(RegionId region, RepeatedPtrField<onnx::TensorProto>& tensors)
    {
        for (onnx::TensorProto& proto : tensors) {
            std::string name = proto.name();
            std::string what = fmt::format("tensor \"{}\"", displayText(name, 200));
            LoadedTensor loaded = TRY(takeTensor(proto, m_context.limits, m_context.files, what));
            if (loaded.unknownType)
                report(Severity::Warning, "unknown-element-type", {}, {},
                       fmt::format("{}: element type {} is not known", what, proto.data_type()),
                       "the tensor can be shown and saved, not used");
            ValueId id = local(region, name);
            if (id.valid() && m_graph.value(id).initializer) {
                report(Severity::Error, "duplicate-initializer", {}, {},
                       fmt::format("{} is given twice; the first one is used", what), "remove one of them");
                id = ValueId();
            }
            if (!id.valid())
                id = define(region, name);
            graph::Initializer initializer;
            initializer.tensor = std::move(loaded.tensor);
            initializer.external = std::move(loaded.external);
            initializer.doc = proto.doc_string();
            if (!name.empty())
                proto.clear_name();
            if (!initializer.doc.empty())
                proto.clear_doc_string();
            initializer.extra = serialized(proto);
            graph::Value& value = m_graph.value(id);
            if (value.type.kind == graph::TypeKind::Unknown && initializer.tensor.defined())
                value.type = graph::ValueType::tensor(initializer.tensor.type(),
                                                      graph::Shape::of(initializer.tensor.dims()));
            value.initializer = std::move(initializer);
            m_graph.region(region).initializers.push_back(id);
        }
        return {};
    }

    Result<void> readRegion(RegionId region, onnx::GraphProto& proto)
    {
        for (const auto& info : proto.input()) {
            ValueId id = define(region, info.name());
            declare(id, info);
            m_graph.region(region).inputs.push_back(id);
        }
        TRY(readInitializers(region, *proto.mutable_initializer()));
        TRY(readNodes(region, *proto.mutable_node()));

        onnx::GraphProto rest;
        for (const auto& info : proto.output()) {
            addOutput(region, info.name());
            if (!heldBy(m_graph.region(region).outputs.back(), region, info))
                *rest.add_output() = info;
        }
        for (const auto& info : proto.value_info()) {
            ValueId id = resolve(region, info.name());
            m_graph.region(region).valueInfos.push_back(id);
            if (!heldBy(id, region, info))
                *rest.add_value_info() = info;
        }
        graph::Region& out = m_graph.region(region);
        out.name = proto.name();
        out.doc = proto.doc_string();
        out.metadata = takeMetadata(proto, newer::graphMetadata);
        proto.clear_input();
        proto.clear_initializer();
        proto.clear_node();
        proto.mutable_output()->Swap(rest.mutable_output());
        proto.mutable_value_info()->Swap(rest.mutable_value_info());
        if (!out.name.empty())
            proto.clear_name();
        if (!out.doc.empty())
            proto.clear_doc_string();
        out.extra = serialized(proto);
        return {};
    }

    Result<void> readNodes(RegionId region, RepeatedPtrField<onnx::NodeProto>& nodes)
    {
        std::vector<std::vector<ValueId>> outputs;
        outputs.reserve(static_cast<std::size_t>(nodes.size()));
        for (const onnx::NodeProto& proto : nodes) {
            auto& ids = outputs.emplace_back();
            for (const std::string& name : proto.output())
                ids.push_back(name.empty() ? ValueId() : define(region, name));
        }
        std::size_t i = 0;
        for (onnx::NodeProto& proto : nodes)
            TRY(readNode(region, proto, std::move(outputs[i++])));
        return {};
    }

    Result<void> readNode(RegionId region, onnx::NodeProto& proto, std::vector<ValueId> outputs)
    {
        NodeId id(m_graph.nodeSlots());
        graph::Node node;
        node.name = proto.name();
        node.opType = proto.op_type();
        node.domain = proto.domain();
        node.doc = proto.doc_string();
        node.overload = unknownString(proto, newer::nodeOverload).value_or(std::string());
        node.metadata = takeMetadata(proto, newer::nodeMetadata);
        node.outputs = std::move(outputs);
        node.inputs.reserve(static_cast<std::size_t>(proto.input_size()));
        for (const std::string& name : proto.input())
            node.inputs.push_back(name.empty() ? ValueId() : resolve(region, name));
        node.attributes.reserve(static_cast<std::size_t>(proto.attribute_size()));
        std::string what =
            fmt::format("node \"{}\"", displayText(node.name.empty() ? node.opType : node.name, 200));
        for (onnx::AttributeProto& attribute : *proto.mutable_attribute()) {
            node.attributes.push_back(TRY(takeAttribute(attribute, m_context, what)));
            if (node.attributes.back().reference.empty())
                queueRegions(region, id, attribute, node.attributes.back());
        }
        proto.clear_input();
        proto.clear_output();
        proto.clear_attribute();
        if (!node.name.empty())
            proto.clear_name();
        if (!node.opType.empty())
            proto.clear_op_type();
        if (!node.domain.empty())
            proto.clear_domain();
        if (!node.doc.empty())
            proto.clear_doc_string();
        node.extra = serialized(proto);
        m_graph.addNode(region, std::move(node));
        return {};
    }

    void queueRegions(RegionId outer, NodeId parent, onnx::AttributeProto& proto, graph::Attribute& attribute)
    {
        int kind = attributeKind(proto);
        auto queue = [&](onnx::GraphProto& inner) {
            RegionId region = m_graph.addRegion(parent, attribute.name);
            m_owned.push_back(std::make_unique<onnx::GraphProto>());
            m_owned.back()->Swap(&inner);
            m_pending.push_back({region, outer, m_owned.back().get()});
            return region;
        };
        if (kind == onnx::AttributeProto::GRAPH) {
            attribute.value = queue(*proto.mutable_g());
            finishGraphAttribute(proto, attribute);
        } else if (kind == onnx::AttributeProto::GRAPHS) {
            std::vector<RegionId> regions;
            for (onnx::GraphProto& inner : *proto.mutable_graphs())
                regions.push_back(queue(inner));
            attribute.value = std::move(regions);
            finishGraphAttribute(proto, attribute);
        }
    }

    Graph& m_graph;
    ReadContext& m_context;
    std::vector<Scope> m_scopes;
    std::vector<Pending> m_pending;
    std::vector<std::unique_ptr<onnx::GraphProto>> m_owned;
};

} // namespace

Result<void> readGraph(Graph& graph, onnx::GraphProto& proto, ReadContext& context)
{
    return GraphReader(graph, context).readMain(proto);
}

Result<void> readFunctionBody(Graph& graph, onnx::FunctionProto& proto, ReadContext& context)
{
    return GraphReader(graph, context).readBody(proto);
}

graph::Metadata takeMetadata(const google::protobuf::Message& message, int unknownField)
{
    graph::Metadata metadata;
    const auto& fields = message.GetReflection()->GetUnknownFields(message);
    for (int i = 0; i < fields.field_count(); ++i) {
        const auto& field = fields.field(i);
        onnx::StringStringEntryProto entry;
        if (field.number() == unknownField &&
            field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED &&
            entry.ParsePartialFromString(field.length_delimited()))
            metadata.emplace_back(entry.key(), entry.value());
    }
    return metadata;
}

} // namespace orrery::formats
