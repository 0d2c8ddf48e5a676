// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/onnx_writer.h"

#include "engine/formats/attribute_proto.h"
#include "engine/formats/graph_writer.h"

namespace orrery::formats {
namespace {

using google::protobuf::RepeatedPtrField;

// The list as the file held it stays (entries may hold more than we model); only entries that differ change.
void setOpsets(RepeatedPtrField<onnx::OperatorSetIdProto>& protos,
               const std::vector<graph::OpsetImport>& opsets)
{
    while (protos.size() > static_cast<int>(opsets.size()))
        protos.RemoveLast();
    for (std::size_t i = 0; i < opsets.size(); ++i) {
        auto& proto =
            static_cast<int>(i) < protos.size() ? *protos.Mutable(static_cast<int>(i)) : *protos.Add();
        if (proto.domain() != opsets[i].domain)
            proto.set_domain(opsets[i].domain);
        if (proto.version() != opsets[i].version)
            proto.set_version(opsets[i].version);
    }
}

void setEntries(RepeatedPtrField<onnx::StringStringEntryProto>& protos, const graph::Metadata& metadata)
{
    while (protos.size() > static_cast<int>(metadata.size()))
        protos.RemoveLast();
    for (std::size_t i = 0; i < metadata.size(); ++i) {
        auto& proto =
            static_cast<int>(i) < protos.size() ? *protos.Mutable(static_cast<int>(i)) : *protos.Add();
        if (proto.key() != metadata[i].first)
            proto.set_key(metadata[i].first);
        if (proto.value() != metadata[i].second)
            proto.set_value(metadata[i].second);
    }
}

Result<void> setAttributeDefaults(onnx::FunctionProto& proto, const std::vector<graph::Attribute>& defaults)
{
    std::vector<std::string> wanted;
    for (const graph::Attribute& attribute : defaults) {
        onnx::AttributeProto message;
        TRY(fillAttributeProto(message, attribute));
        wanted.push_back(serialized(message));
    }
    auto* fields = proto.GetReflection()->MutableUnknownFields(&proto);
    std::vector<std::string> held;
    for (int i = 0; i < fields->field_count(); ++i)
        if (fields->field(i).number() == newer::functionAttributeDefaults &&
            fields->field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
            held.push_back(fields->field(i).length_delimited());
    if (held == wanted)
        return {};
    fields->DeleteByNumber(newer::functionAttributeDefaults);
    for (const std::string& bytes : wanted)
        fields->AddLengthDelimited(newer::functionAttributeDefaults, bytes);
    return {};
}

Result<void> functionToProto(const graph::Function& function, ExternalReferences references,
                             onnx::FunctionProto& proto)
{
    if (!parseExtra(proto, function.extra))
        return Error{ErrorCode::Internal, "the fields kept from the file are damaged", function.name};
    if (!function.name.empty())
        proto.set_name(function.name);
    if (!function.domain.empty())
        proto.set_domain(function.domain);
    if (!function.doc.empty())
        proto.set_doc_string(function.doc);
    if (unknownString(proto, newer::functionOverload).value_or(std::string()) != function.overload)
        setUnknownString(proto, newer::functionOverload, function.overload);
    for (const std::string& attribute : function.attributes)
        proto.add_attribute(attribute);
    TRY(setAttributeDefaults(proto, function.attributeDefaults));
    setOpsets(*proto.mutable_opset_import(), function.opsets);
    return writeFunctionBody(function.body, references, proto);
}

} // namespace

Result<void> modelToProto(const graph::Model& model, ExternalReferences references, onnx::ModelProto& proto)
{
    if (!parseExtra(proto, model.extra))
        return Error{ErrorCode::Internal, "the fields kept from the file are damaged", {}};
    if (proto.ir_version() != model.irVersion)
        proto.set_ir_version(model.irVersion);
    if (proto.producer_name() != model.producerName)
        proto.set_producer_name(model.producerName);
    if (proto.producer_version() != model.producerVersion)
        proto.set_producer_version(model.producerVersion);
    if (proto.domain() != model.domain)
        proto.set_domain(model.domain);
    if (proto.model_version() != model.modelVersion)
        proto.set_model_version(model.modelVersion);
    if (proto.doc_string() != model.doc)
        proto.set_doc_string(model.doc);
    setOpsets(*proto.mutable_opset_import(), model.opsets);
    setEntries(*proto.mutable_metadata_props(), model.metadata);
    TRY(writeGraph(model.graph, references, *proto.mutable_graph()));
    for (const graph::Function& function : model.functions)
        TRY(functionToProto(function, references, *proto.add_functions()));
    return {};
}

} // namespace orrery::formats
