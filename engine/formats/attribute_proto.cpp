// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/attribute_proto.h"

#include "engine/base/text.h"
#include "engine/formats/tensor_proto.h"

#include <fmt/format.h>

namespace orrery::formats {
namespace {

using graph::Attribute;
using onnx::AttributeProto;

// Bits of the marker in Attribute::extra.
constexpr std::uint64_t typeAbsent = 1;
constexpr std::uint64_t valueAbsent = 2; // a zero that the file did not spell out

template<class T, class Entries>
std::vector<T> listOf(const Entries& entries)
{
    return std::vector<T>(entries.begin(), entries.end());
}

Result<graph::Tensor> attributeTensor(onnx::TensorProto& proto, ReadContext& context, const std::string& what)
{
    LoadedTensor loaded = TRY(takeTensor(proto, context.limits, context.files, what));
    if (loaded.unknownType)
        context.report(
            {Severity::Warning,
             "unknown-element-type",
             {},
             {},
             fmt::format("{}: element type {} of its tensor is not known", what, proto.data_type()),
             "the tensor can be shown and saved, not used"});
    return std::move(loaded.tensor);
}

Result<void> takeValue(AttributeProto& proto, Attribute& attribute, std::uint64_t& marker,
                       ReadContext& context, const std::string& what)
{
    switch (attributeKind(proto)) {
    case AttributeProto::FLOAT:
        attribute.value = proto.f();
        marker |= proto.has_f() ? 0 : valueAbsent;
        proto.clear_f();
        break;
    case AttributeProto::INT:
        attribute.value = static_cast<std::int64_t>(proto.i());
        marker |= proto.has_i() ? 0 : valueAbsent;
        proto.clear_i();
        break;
    case AttributeProto::STRING:
        marker |= proto.has_s() ? 0 : valueAbsent;
        attribute.value = proto.s();
        proto.clear_s();
        break;
    case AttributeProto::TENSOR:
        attribute.value = TRY(attributeTensor(*proto.mutable_t(), context, what));
        break;
    case AttributeProto::FLOATS:
        attribute.value = listOf<float>(proto.floats());
        proto.clear_floats();
        break;
    case AttributeProto::INTS:
        attribute.value = listOf<std::int64_t>(proto.ints());
        proto.clear_ints();
        break;
    case AttributeProto::STRINGS:
        attribute.value = listOf<std::string>(proto.strings());
        proto.clear_strings();
        break;
    case AttributeProto::TENSORS: {
        std::vector<graph::Tensor> tensors;
        for (auto& tensor : *proto.mutable_tensors())
            tensors.push_back(TRY(attributeTensor(tensor, context, what)));
        attribute.value = std::move(tensors);
        break;
    }
    case AttributeProto::GRAPH:
    case AttributeProto::GRAPHS:
        break;
    default:
        attribute.value = graph::OpaqueAttribute{static_cast<int>(proto.type()), serialized(proto)};
        proto.Clear();
        break;
    }
    return {};
}

} // namespace

int attributeKind(const AttributeProto& proto)
{
    if (proto.has_type() && proto.type() != AttributeProto::UNDEFINED)
        return proto.type();
    if (proto.has_f())
        return AttributeProto::FLOAT;
    if (proto.has_i())
        return AttributeProto::INT;
    if (proto.has_s())
        return AttributeProto::STRING;
    if (proto.has_t())
        return AttributeProto::TENSOR;
    if (proto.has_g())
        return AttributeProto::GRAPH;
    if (proto.floats_size() > 0)
        return AttributeProto::FLOATS;
    if (proto.ints_size() > 0)
        return AttributeProto::INTS;
    if (proto.strings_size() > 0)
        return AttributeProto::STRINGS;
    if (proto.tensors_size() > 0)
        return AttributeProto::TENSORS;
    if (proto.graphs_size() > 0)
        return AttributeProto::GRAPHS;
    return AttributeProto::UNDEFINED;
}

Result<Attribute> takeAttribute(AttributeProto& proto, ReadContext& context, const std::string& what)
{
    Attribute attribute;
    attribute.name = proto.name();
    attribute.reference = proto.ref_attr_name();
    attribute.doc = proto.doc_string();
    if (!attribute.name.empty())
        proto.clear_name();
    if (!attribute.doc.empty())
        proto.clear_doc_string();
    if (!attribute.reference.empty()) {
        proto.clear_ref_attr_name();
        attribute.extra = serialized(proto); // with the type, which the value does not show
        return attribute;
    }
    std::uint64_t marker = proto.has_type() && proto.type() != AttributeProto::UNDEFINED ? 0 : typeAbsent;
    int kind = attributeKind(proto);
    TRY(takeValue(proto, attribute, marker, context,
                  fmt::format("attribute \"{}\" of {}", displayText(attribute.name, 80), what)));
    if (kind == AttributeProto::GRAPH || kind == AttributeProto::GRAPHS)
        return attribute;
    if (std::holds_alternative<graph::OpaqueAttribute>(attribute.value))
        return attribute;
    if ((marker & typeAbsent) == 0)
        proto.clear_type();
    if (marker != 0)
        setMarker(proto, marker);
    attribute.extra = serialized(proto);
    return attribute;
}

void finishGraphAttribute(AttributeProto& proto, Attribute& attribute)
{
    bool typed = proto.has_type() && proto.type() != AttributeProto::UNDEFINED;
    proto.clear_g();
    proto.clear_graphs();
    if (typed)
        proto.clear_type();
    else
        setMarker(proto, typeAbsent);
    attribute.extra = serialized(proto);
}

Result<void> fillAttributeProto(AttributeProto& proto, const Attribute& attribute)
{
    struct Visitor {
        AttributeProto& out;
        bool zeroIsAbsent;
        AttributeProto::AttributeType kind = AttributeProto::UNDEFINED;
        Result<void> result = {};

        void operator()(std::monostate) {}
        void operator()(std::int64_t v)
        {
            kind = AttributeProto::INT;
            if (v != 0 || !zeroIsAbsent)
                out.set_i(v);
        }
        void operator()(float v)
        {
            kind = AttributeProto::FLOAT;
            if (v != 0 || !zeroIsAbsent)
                out.set_f(v);
        }
        void operator()(const std::string& v)
        {
            kind = AttributeProto::STRING;
            if (!v.empty() || !zeroIsAbsent)
                out.set_s(v);
        }
        void operator()(const graph::Tensor& v)
        {
            kind = AttributeProto::TENSOR;
            result = fillTensorProto(*out.mutable_t(), v, nullptr);
        }
        void operator()(RegionId) { kind = AttributeProto::GRAPH; }
        void operator()(const std::vector<std::int64_t>& v)
        {
            kind = AttributeProto::INTS;
            out.mutable_ints()->Add(v.begin(), v.end());
        }
        void operator()(const std::vector<float>& v)
        {
            kind = AttributeProto::FLOATS;
            out.mutable_floats()->Add(v.begin(), v.end());
        }
        void operator()(const std::vector<std::string>& v)
        {
            kind = AttributeProto::STRINGS;
            for (const std::string& text : v)
                out.add_strings(text);
        }
        void operator()(const std::vector<graph::Tensor>& v)
        {
            kind = AttributeProto::TENSORS;
            while (out.tensors_size() > static_cast<int>(v.size()))
                out.mutable_tensors()->RemoveLast();
            for (std::size_t i = 0; i < v.size() && result.ok(); ++i)
                result = fillTensorProto(static_cast<int>(i) < out.tensors_size()
                                             ? *out.mutable_tensors(static_cast<int>(i))
                                             : *out.add_tensors(),
                                         v[i], nullptr);
        }
        void operator()(const std::vector<RegionId>&) { kind = AttributeProto::GRAPHS; }
        void operator()(const graph::OpaqueAttribute& v) { parseExtra(out, v.bytes); }
    };
    if (!parseExtra(proto, attribute.extra))
        return Error{
            ErrorCode::Internal, "the kept fields of attribute \"" + attribute.name + "\" are damaged", {}};
    std::uint64_t marker = takeMarker(proto).value_or(0);
    Visitor visitor{proto, (marker & valueAbsent) != 0};
    std::visit(visitor, attribute.value);
    if (visitor.kind != AttributeProto::UNDEFINED && (marker & typeAbsent) == 0)
        proto.set_type(visitor.kind);
    if (visitor.kind != AttributeProto::TENSOR && visitor.kind != AttributeProto::UNDEFINED)
        proto.clear_t();
    if (!attribute.name.empty())
        proto.set_name(attribute.name);
    if (!attribute.doc.empty())
        proto.set_doc_string(attribute.doc);
    if (!attribute.reference.empty())
        proto.set_ref_attr_name(attribute.reference);
    return std::move(visitor.result);
}

} // namespace orrery::formats
