// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/op_docs.h"

#include "engine/formats/attribute_proto.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <climits>
#include <exception>

namespace orrery::formats {
namespace {

const char* kindName(int kind)
{
    static constexpr const char* names[] = {
        "?",       "float",   "int",    "string",        "tensor",         "graph",      "floats",     "ints",
        "strings", "tensors", "graphs", "sparse_tensor", "sparse_tensors", "type_proto", "type_protos"};
    return kind > 0 && kind < 15 ? names[kind] : names[0];
}

std::string defaultText(const onnx::AttributeProto& proto)
{
    if (proto.name().empty() && !proto.has_type())
        return {};
    onnx::AttributeProto copy = proto;
    ReadContext context({}, {});
    auto attribute = takeAttribute(copy, context, "a default");
    return attribute.ok() ? attribute->text(400) : std::string();
}

OpParameter parameterFrom(const onnx::OpSchema::FormalParameter& formal)
{
    OpParameter parameter;
    parameter.name = formal.GetName();
    parameter.types = formal.GetTypeStr();
    for (const std::string* type : formal.GetTypes())
        parameter.allowedTypes.push_back(*type);
    std::sort(parameter.allowedTypes.begin(), parameter.allowedTypes.end());
    parameter.doc = formal.GetDescription();
    parameter.count = formal.GetOption() == onnx::OpSchema::Optional   ? ParameterCount::Optional
                      : formal.GetOption() == onnx::OpSchema::Variadic ? ParameterCount::Variadic
                                                                       : ParameterCount::One;
    return parameter;
}

std::string canonicalDomain(std::string_view domain)
{
    return domain == "ai.onnx" ? std::string() : std::string(domain);
}

} // namespace

std::optional<OpDoc> opDoc(std::string_view domain, std::string_view opType, std::int64_t version)
{
    try {
        auto newest = static_cast<int>(std::clamp<std::int64_t>(version, 0, INT_MAX));
        const onnx::OpSchema* schema =
            onnx::OpSchemaRegistry::Schema(std::string(opType), newest, canonicalDomain(domain));
        if (schema == nullptr)
            return std::nullopt;
        OpDoc doc;
        doc.domain = schema->domain();
        doc.name = schema->Name();
        doc.sinceVersion = schema->SinceVersion();
        doc.deprecated = schema->Deprecated();
        doc.doc = schema->doc() == nullptr ? "" : schema->doc();
        for (const auto& [name, attribute] : schema->attributes())
            doc.attributes.push_back({name, kindName(attribute.type), attribute.required,
                                      defaultText(attribute.default_value), attribute.description});
        for (const auto& input : schema->inputs())
            doc.inputs.push_back(parameterFrom(input));
        for (const auto& output : schema->outputs())
            doc.outputs.push_back(parameterFrom(output));
        return doc;
    } catch (const std::exception&) {
        return std::nullopt; // a schema that the library itself finds wrong
    }
}

std::vector<OpName> documentedOps()
{
    std::vector<OpName> names;
    try {
        for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas())
            if (!schema.Deprecated())
                names.push_back({schema.domain(), schema.Name()});
    } catch (const std::exception&) {
        names.clear();
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace orrery::formats
