// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/onnx_reader.h"

#include "engine/formats/attribute_proto.h"
#include "engine/formats/graph_reader.h"

#include <fmt/format.h>

namespace orrery::formats {
namespace {

constexpr std::int64_t newestKnownIr = 11; // ONNX 1.18; readable here since newer fields are kept

std::vector<graph::OpsetImport>
opsetsOf(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& protos)
{
    std::vector<graph::OpsetImport> opsets;
    for (const auto& proto : protos)
        opsets.push_back({proto.domain(), proto.version()});
    return opsets;
}

Result<std::vector<graph::Attribute>> attributeDefaults(const onnx::FunctionProto& proto,
                                                        ReadContext& context)
{
    std::vector<graph::Attribute> defaults;
    const auto& fields = proto.GetReflection()->GetUnknownFields(proto);
    for (int i = 0; i < fields.field_count(); ++i) {
        if (fields.field(i).number() != newer::functionAttributeDefaults ||
            fields.field(i).type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
            continue;
        onnx::AttributeProto attribute;
        if (attribute.ParsePartialFromString(fields.field(i).length_delimited()))
            defaults.push_back(TRY(takeAttribute(attribute, context, "function \"" + proto.name() + "\"")));
    }
    return defaults;
}

Result<graph::Function> functionFromProto(onnx::FunctionProto& proto, ReadContext& context)
{
    graph::Function function;
    function.name = proto.name();
    function.domain = proto.domain();
    function.overload = unknownString(proto, newer::functionOverload).value_or(std::string());
    function.doc = proto.doc_string();
    function.attributes.assign(proto.attribute().begin(), proto.attribute().end());
    function.attributeDefaults = TRY(attributeDefaults(proto, context));
    function.opsets = opsetsOf(proto.opset_import());
    TRY(readFunctionBody(function.body, proto, context));
    proto.clear_input();
    proto.clear_output();
    proto.clear_attribute();
    proto.clear_node();
    if (!function.name.empty())
        proto.clear_name();
    if (!function.domain.empty())
        proto.clear_domain();
    if (!function.doc.empty())
        proto.clear_doc_string();
    function.extra = serialized(proto); // with the opset imports, which may hold more than we model
    return function;
}

} // namespace

std::vector<Problem> ReadContext::takeProblems()
{
    if (m_dropped > 0)
        m_problems.push_back({Severity::Warning,
                              "more-problems",
                              {},
                              {},
                              fmt::format("{} more problems were found and are not listed", m_dropped),
                              {}});
    return std::move(m_problems);
}

Result<graph::Model> modelFromProto(onnx::ModelProto& proto, const ReadLimits& limits,
                                    const std::string& folder)
{
    ReadContext context(limits, folder);
    graph::Model model;
    model.irVersion = proto.ir_version();
    model.producerName = proto.producer_name();
    model.producerVersion = proto.producer_version();
    model.domain = proto.domain();
    model.modelVersion = proto.model_version();
    model.doc = proto.doc_string();
    model.opsets = opsetsOf(proto.opset_import());
    for (const auto& entry : proto.metadata_props())
        model.metadata.emplace_back(entry.key(), entry.value());
    if (model.irVersion > newestKnownIr)
        context.report({Severity::Warning,
                        "newer-ir",
                        {},
                        {},
                        fmt::format("the file has IR version {}, this program knows up to {}",
                                    model.irVersion, newestKnownIr),
                        "what it does not know is kept when saving"});
    if (proto.training_info_size() > 0)
        context.report({Severity::Info,
                        "training-info",
                        {},
                        {},
                        "the file holds ONNX training info, which is kept and not shown",
                        {}});
    TRY(readGraph(model.graph, *proto.mutable_graph(), context));
    for (onnx::FunctionProto& function : *proto.mutable_functions())
        model.functions.push_back(TRY(functionFromProto(function, context)));
    proto.clear_graph();
    proto.clear_functions();
    model.extra = serialized(proto);
    model.loadProblems = context.takeProblems();
    return model;
}

} // namespace orrery::formats
