// SPDX-License-Identifier: Apache-2.0
//
// Recursive descent with one token of lookahead and one more where a name may be a type. Not libonnx's own
// parser: that of the installed version knows neither names that are no identifiers nor names of nodes nor
// external tensors, reads escapes as they stand, and has no bound on nesting.
#include "engine/formats/text_parser.h"

#include "engine/base/text.h"
#include "engine/formats/token_stream.h"
#include "engine/graph/tensor_type.h"

#include <fmt/format.h>

#include <vector>

namespace orrery::formats {
namespace {

using google::protobuf::RepeatedPtrField;
using onnx::AttributeProto;
using Kind = Token::Kind;

constexpr int maxTypeDepth = 32;

struct AttributeKindName {
    std::string_view name;
    AttributeProto::AttributeType kind;
};

constexpr AttributeKindName attributeKinds[] = {
    {"float", AttributeProto::FLOAT},
    {"int", AttributeProto::INT},
    {"string", AttributeProto::STRING},
    {"tensor", AttributeProto::TENSOR},
    {"graph", AttributeProto::GRAPH},
    {"floats", AttributeProto::FLOATS},
    {"ints", AttributeProto::INTS},
    {"strings", AttributeProto::STRINGS},
    {"tensors", AttributeProto::TENSORS},
    {"graphs", AttributeProto::GRAPHS},
    {"sparse_tensor", AttributeProto::SPARSE_TENSOR},
    {"type_proto", AttributeProto::TYPE_PROTO},
};

class TextParser : TokenStream {
public:
    TextParser(std::string_view text, const ReadLimits& limits)
        : TokenStream(text)
        , m_limits(limits)
    {}
    using TokenStream::start;

    Result<void> piece(std::string_view text, onnx::ModelProto& out, std::vector<std::size_t>& nodeOffsets)
    {
        TRY(start());
        m_nodeOffsets = &nodeOffsets;
        const bool gives = atName() && m_next.is('=') && !text.substr(m_next.offset).starts_with("=>");
        if (!m_token.is('[') && !gives && !(atName() && m_next.is(',')))
            return model(out);
        out.mutable_graph()->set_name("piece");
        while (m_token.kind != Kind::End)
            TRY(node(*out.mutable_graph()->add_node()));
        return {};
    }

    // From the first token on.
    Result<void> model(onnx::ModelProto& out)
    {
        if (m_token.is('<'))
            TRY(header(out));
        TRY(graph(*out.mutable_graph()));
        m_nodeOffsets = nullptr;
        while (m_token.kind != Kind::End)
            TRY(function(*out.add_functions()));
        return {};
    }

private:
    Result<void> entries(RepeatedPtrField<onnx::StringStringEntryProto>& out)
    {
        TRY(expect('['));
        return list(']', [&]() -> Result<void> {
            auto& entry = *out.Add();
            entry.set_key(TRY(string()));
            TRY(expect(':'));
            entry.set_value(TRY(string()));
            return {};
        });
    }

    Result<void> opsets(RepeatedPtrField<onnx::OperatorSetIdProto>& out)
    {
        TRY(expect('['));
        return list(']', [&]() -> Result<void> {
            auto& opset = *out.Add();
            opset.set_domain(TRY(string()));
            TRY(expect(':'));
            opset.set_version(TRY(integer<std::int64_t>()));
            return {};
        });
    }

    Result<void> header(onnx::ModelProto& out)
    {
        TRY(expect('<'));
        return list('>', [&]() -> Result<void> {
            std::string key = TRY(name("a model property"));
            TRY(expect(':'));
            if (key == "ir_version")
                out.set_ir_version(TRY(integer<std::int64_t>()));
            else if (key == "opset_import")
                TRY(opsets(*out.mutable_opset_import()));
            else if (key == "producer_name")
                out.set_producer_name(TRY(string()));
            else if (key == "producer_version")
                out.set_producer_version(TRY(string()));
            else if (key == "domain")
                out.set_domain(TRY(string()));
            else if (key == "model_version")
                out.set_model_version(TRY(integer<std::int64_t>()));
            else if (key == "doc_string")
                out.set_doc_string(TRY(string()));
            else if (key == "metadata_props")
                TRY(entries(*out.mutable_metadata_props()));
            else
                return wrong(fmt::format("\"{}\" is no property of a model", displayText(key, 60)));
            return {};
        });
    }

    bool atType() const
    {
        if (m_token.kind != Kind::Identifier)
            return false;
        auto type = graph::dataTypeFromName(m_token.text);
        return type ? *type != graph::DataType::Undefined : isTypeWord(m_token.text) && m_next.is('(');
    }

    template<class TensorType>
    Result<void> tensorType(TensorType& out)
    {
        auto element =
            m_token.kind == Kind::Identifier ? graph::dataTypeFromName(m_token.text) : std::nullopt;
        if (!element)
            return unexpected("an element type");
        out.set_elem_type(static_cast<int>(*element));
        TRY(advance());
        if (!TRY(accept('['))) {
            out.mutable_shape(); // a scalar
            return {};
        }
        if (TRY(accept(']')))
            return {}; // of unknown rank
        auto& shape = *out.mutable_shape();
        return list(']', [&]() -> Result<void> {
            if (shape.dim_size() >= m_limits.rank)
                return wrong(fmt::format("more than {} dims", m_limits.rank));
            auto& dim = *shape.add_dim();
            if (TRY(accept('?')))
                return {};
            if (atName())
                dim.set_dim_param(TRY(name("a dim")));
            else
                dim.set_dim_value(TRY(integer<std::int64_t>()));
            return {};
        });
    }

    Result<void> type(onnx::TypeProto& out, int depth = 0)
    {
        if (depth > maxTypeDepth)
            return Error{ErrorCode::LimitReached, fmt::format("types nested deeper than {}", maxTypeDepth),
                         m_lexer.place(m_token.offset)};
        if (!isTypeWord(m_token.text) || !m_next.is('('))
            return tensorType(*out.mutable_tensor_type());
        std::string kind = TRY(name("a type"));
        TRY(expect('('));
        if (kind == "seq") {
            TRY(type(*out.mutable_sequence_type()->mutable_elem_type(), depth + 1));
        } else if (kind == "optional") {
            TRY(type(*out.mutable_optional_type()->mutable_elem_type(), depth + 1));
        } else if (kind == "sparse_tensor") {
            TRY(tensorType(*out.mutable_sparse_tensor_type()));
        } else {
            auto key = graph::dataTypeFromName(m_token.text);
            if (!key)
                return unexpected("the map's key type");
            out.mutable_map_type()->set_key_type(static_cast<int>(*key));
            TRY(advance());
            TRY(expect(','));
            TRY(type(*out.mutable_map_type()->mutable_value_type(), depth + 1));
        }
        return expect(')');
    }

    Result<void> valueInfo(onnx::ValueInfoProto& out)
    {
        if (atType())
            TRY(type(*out.mutable_type()));
        out.set_name(TRY(name("the name of a value")));
        return {};
    }

    Result<void> element(onnx::TensorProto& out)
    {
        switch (static_cast<graph::DataType>(out.data_type())) {
        case graph::DataType::Float32:
            out.add_float_data(TRY(real<float>()));
            return {};
        case graph::DataType::Float64:
            out.add_double_data(TRY(real<double>()));
            return {};
        case graph::DataType::Int64:
            out.add_int64_data(TRY(integer<std::int64_t>()));
            return {};
        case graph::DataType::UInt32:
        case graph::DataType::UInt64:
            out.add_uint64_data(TRY(integer<std::uint64_t>()));
            return {};
        case graph::DataType::String:
            out.add_string_data(TRY(string()));
            return {};
        case graph::DataType::Bool:
        case graph::DataType::Int8:
        case graph::DataType::Int16:
        case graph::DataType::Int32:
        case graph::DataType::UInt8:
        case graph::DataType::UInt16:
            out.add_int32_data(TRY(integer<std::int32_t>()));
            return {};
        default:
            return wrong(
                "elements of this type cannot be written in text; refer to a file: = [\"location\": …]");
        }
    }

    Result<void> tensorData(const onnx::TypeProto& typeProto, onnx::TensorProto& out)
    {
        if (!typeProto.has_tensor_type() || !typeProto.tensor_type().has_shape())
            return unexpected("a tensor type with known dims before a tensor's elements");
        out.set_data_type(typeProto.tensor_type().elem_type());
        for (const auto& dim : typeProto.tensor_type().shape().dim()) {
            if (!dim.has_dim_value())
                return wrong("a tensor needs numbers as dims");
            out.add_dims(dim.dim_value());
        }
        if (m_token.is('[')) {
            out.set_data_location(onnx::TensorProto::EXTERNAL);
            return entries(*out.mutable_external_data());
        }
        TRY(expect('{'));
        return list('}', [&] { return element(out); });
    }

    Result<void> valueOrInitializer(RepeatedPtrField<onnx::ValueInfoProto>& infos, bool listInitializers,
                                    RepeatedPtrField<onnx::TensorProto>& tensors)
    {
        onnx::ValueInfoProto info;
        TRY(valueInfo(info));
        bool initialized = TRY(accept('='));
        if (initialized) {
            auto& tensor = *tensors.Add();
            tensor.set_name(info.name());
            TRY(tensorData(info.type(), tensor));
        }
        if (!initialized || listInitializers)
            *infos.Add() = std::move(info);
        return {};
    }

    Result<void> graph(onnx::GraphProto& out)
    {
        if (++m_depth > m_limits.regionDepth + 1)
            return Error{ErrorCode::LimitReached,
                         fmt::format("subgraphs nested deeper than {}", m_limits.regionDepth),
                         m_lexer.place(m_token.offset)};
        out.set_name(TRY(name("the name of a graph")));
        if (TRY(accept('(')))
            TRY(list(')', [&] {
                return valueOrInitializer(*out.mutable_input(), true, *out.mutable_initializer());
            }));
        TRY(expectArrow());
        TRY(expect('('));
        TRY(list(')', [&] { return valueInfo(*out.add_output()); }));
        if (TRY(accept('<')))
            TRY(list('>', [&] {
                return valueOrInitializer(*out.mutable_value_info(), false, *out.mutable_initializer());
            }));
        TRY(nodes(*out.mutable_node()));
        --m_depth;
        return {};
    }

    Result<void> nodes(RepeatedPtrField<onnx::NodeProto>& out)
    {
        TRY(expect('{'));
        while (!TRY(accept('}')))
            TRY(node(*out.Add()));
        return {};
    }

    // Names between commas; nothing between them is an omitted input or output.
    Result<void> names(RepeatedPtrField<std::string>& out, char close)
    {
        if (m_token.is(close))
            return {};
        do
            *out.Add() = atName() ? TRY(name("a name")) : std::string();
        while (TRY(accept(',')));
        return {};
    }

    Result<void> node(onnx::NodeProto& out)
    {
        if (m_nodeOffsets != nullptr)
            m_nodeOffsets->push_back(m_token.offset);
        if (TRY(accept('['))) {
            out.set_name(TRY(name("the name of a node")));
            TRY(expect(']'));
        }
        TRY(names(*out.mutable_output(), '='));
        TRY(expect('='));
        std::string domain;
        std::string op = TRY(name("an operator"));
        while (TRY(accept('.'))) {
            domain += (domain.empty() ? "" : ".") + op;
            op = TRY(name("an operator"));
        }
        out.set_domain(domain);
        out.set_op_type(op);
        if (TRY(accept(':')))
            setUnknownString(out, newer::nodeOverload, TRY(name("an overload")));
        bool attributesFirst = m_token.is('<');
        if (attributesFirst)
            TRY(attributes(*out.mutable_attribute()));
        TRY(expect('('));
        TRY(names(*out.mutable_input(), ')'));
        TRY(expect(')'));
        if (!attributesFirst && m_token.is('<'))
            TRY(attributes(*out.mutable_attribute()));
        return {};
    }

    Result<void> attributes(RepeatedPtrField<AttributeProto>& out)
    {
        TRY(expect('<'));
        return list('>', [&] { return attribute(*out.Add()); });
    }

    Result<void> attribute(AttributeProto& out)
    {
        out.set_name(TRY(name("the name of an attribute")));
        AttributeProto::AttributeType declared = AttributeProto::UNDEFINED;
        if (TRY(accept(':'))) {
            for (const AttributeKindName& known : attributeKinds)
                if (m_token.isWord(known.name))
                    declared = known.kind;
            if (declared == AttributeProto::UNDEFINED)
                return unexpected("the kind of an attribute");
            TRY(advance());
        }
        TRY(expect('='));
        return attributeValue(out, declared);
    }

    Result<void> attributeValue(AttributeProto& out, AttributeProto::AttributeType declared)
    {
        if (TRY(accept('@'))) {
            out.set_ref_attr_name(TRY(name("the name of a function's attribute")));
            if (declared != AttributeProto::UNDEFINED)
                out.set_type(declared);
            return {};
        }
        if (TRY(accept('[')))
            return listValue(out, declared);
        bool wantsFloat = declared == AttributeProto::FLOAT;
        if (m_token.kind == Kind::Identifier && specialNumber(m_token.text) && !m_next.is('('))
            wantsFloat = true;
        if (m_token.kind == Kind::Float || (wantsFloat && m_token.kind != Kind::String)) {
            out.set_type(AttributeProto::FLOAT);
            out.set_f(TRY(real<float>()));
        } else if (m_token.kind == Kind::Int) {
            out.set_type(AttributeProto::INT);
            out.set_i(TRY(integer<std::int64_t>()));
        } else if (m_token.kind == Kind::String && declared != AttributeProto::GRAPH) {
            out.set_type(AttributeProto::STRING);
            out.set_s(TRY(string()));
        } else if (atType()) {
            out.set_type(AttributeProto::TENSOR);
            TRY(tensor(*out.mutable_t()));
        } else if (atName()) {
            out.set_type(AttributeProto::GRAPH);
            TRY(graph(*out.mutable_g()));
        } else {
            return unexpected("the value of an attribute");
        }
        if (declared != AttributeProto::UNDEFINED && declared != out.type())
            return wrong(fmt::format("attribute \"{}\" does not have the kind that it declares",
                                     displayText(out.name(), 60)));
        return {};
    }

    Result<void> tensor(onnx::TensorProto& out)
    {
        onnx::TypeProto tensorTypeProto;
        TRY(type(tensorTypeProto));
        out.set_name(atName() ? TRY(name("the name of a tensor")) : std::string());
        TRY(accept('='));
        return tensorData(tensorTypeProto, out);
    }

    // A list is of floats when one of its numbers is.
    Result<void> listValue(AttributeProto& out, AttributeProto::AttributeType declared)
    {
        if (m_token.is(']') && declared == AttributeProto::UNDEFINED)
            return wrong(
                fmt::format("an empty list needs its kind: {} : ints = []", displayText(out.name(), 60)));
        AttributeProto::AttributeType kind = declared;
        std::vector<AttributeProto> values;
        auto entry = [&]() -> Result<void> {
            AttributeProto value;
            auto single = declared == AttributeProto::FLOATS   ? AttributeProto::FLOAT
                          : declared == AttributeProto::GRAPHS ? AttributeProto::GRAPH
                                                               : AttributeProto::UNDEFINED;
            if (m_token.is('[') || m_token.is('@'))
                return unexpected("an entry of a list");
            TRY(attributeValue(value, single));
            values.push_back(std::move(value));
            return {};
        };
        TRY(list(']', entry));
        for (const AttributeProto& value : values) {
            auto plural = value.type() == AttributeProto::FLOAT    ? AttributeProto::FLOATS
                          : value.type() == AttributeProto::INT    ? AttributeProto::INTS
                          : value.type() == AttributeProto::STRING ? AttributeProto::STRINGS
                          : value.type() == AttributeProto::TENSOR ? AttributeProto::TENSORS
                                                                   : AttributeProto::GRAPHS;
            bool numbers = (kind == AttributeProto::INTS || kind == AttributeProto::FLOATS) &&
                           (plural == AttributeProto::INTS || plural == AttributeProto::FLOATS) &&
                           declared != AttributeProto::INTS;
            if (kind == AttributeProto::UNDEFINED)
                kind = plural;
            else if (numbers && plural != kind)
                kind = AttributeProto::FLOATS;
            else if (plural != kind)
                return wrong(fmt::format("the entries of attribute \"{}\" are of different kinds",
                                         displayText(out.name(), 60)));
        }
        out.set_type(kind);
        for (AttributeProto& value : values) {
            if (kind == AttributeProto::FLOATS)
                out.add_floats(value.type() == AttributeProto::FLOAT ? value.f()
                                                                     : static_cast<float>(value.i()));
            else if (kind == AttributeProto::INTS)
                out.add_ints(value.i());
            else if (kind == AttributeProto::STRINGS)
                out.add_strings(value.s());
            else if (kind == AttributeProto::TENSORS)
                out.add_tensors()->Swap(value.mutable_t());
            else
                out.add_graphs()->Swap(value.mutable_g());
        }
        return {};
    }

    Result<void> functionHeader(onnx::FunctionProto& out)
    {
        TRY(expect('<'));
        return list('>', [&]() -> Result<void> {
            std::string key = TRY(name("a property of a function"));
            TRY(expect(':'));
            if (key == "opset_import")
                TRY(opsets(*out.mutable_opset_import()));
            else if (key == "domain")
                out.set_domain(TRY(string()));
            else if (key == "doc_string")
                out.set_doc_string(TRY(string()));
            else if (key == "overload")
                setUnknownString(out, newer::functionOverload, TRY(string()));
            else
                return wrong(fmt::format("\"{}\" is no property of a function", displayText(key, 60)));
            return {};
        });
    }

    // An attribute of a function: its name, and where it has a default, the whole attribute.
    Result<void> parameter(onnx::FunctionProto& out)
    {
        if (!m_next.is('=') && !m_next.is(':')) {
            out.add_attribute(TRY(name("the name of an attribute")));
            return {};
        }
        AttributeProto value;
        TRY(attribute(value));
        out.GetReflection()->MutableUnknownFields(&out)->AddLengthDelimited(newer::functionAttributeDefaults,
                                                                            serialized(value));
        return {};
    }

    Result<void> function(onnx::FunctionProto& out)
    {
        if (m_token.is('<'))
            TRY(functionHeader(out));
        out.set_name(TRY(name("the name of a function")));
        if (TRY(accept('<')))
            TRY(list('>', [&] { return parameter(out); }));
        if (TRY(accept('('))) {
            TRY(names(*out.mutable_input(), ')'));
            TRY(expect(')'));
        }
        TRY(expectArrow());
        if (TRY(accept('('))) {
            TRY(names(*out.mutable_output(), ')'));
            TRY(expect(')'));
        }
        return nodes(*out.mutable_node());
    }

    const ReadLimits& m_limits;
    std::vector<std::size_t>* m_nodeOffsets = nullptr;
    int m_depth = 0;
};

} // namespace

bool isTypeWord(std::string_view word)
{
    return graph::dataTypeFromName(word).has_value() || word == "seq" || word == "map" ||
           word == "optional" || word == "sparse_tensor";
}

Result<void> parseText(std::string_view text, const ReadLimits& limits, onnx::ModelProto& model)
{
    TextParser parser(text, limits);
    TRY(parser.start());
    return parser.model(model);
}

Result<void> parseTextPiece(std::string_view text, const ReadLimits& limits, onnx::ModelProto& model,
                            std::vector<std::size_t>& nodeOffsets)
{
    return TextParser(text, limits).piece(text, model, nodeOffsets);
}

} // namespace orrery::formats
