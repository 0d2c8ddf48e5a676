// SPDX-License-Identifier: Apache-2.0
//
// Recurses over subgraphs; their depth is bounded by the limits under which a model is read.
#include "engine/formats/text_writer.h"

#include "engine/base/text.h"
#include "engine/formats/attribute_proto.h"
#include "engine/formats/graph_reader.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/text_lexer.h"
#include "engine/formats/text_parser.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>

namespace orrery::formats {
namespace {

using google::protobuf::RepeatedPtrField;
using onnx::AttributeProto;

constexpr std::size_t dataAlignment = 64;

std::string nameText(const std::string& name)
{
    return isIdentifier(name) && !isTypeWord(name) ? name : quotedText(name);
}

// The shortest text that reads back as the same number, and as a float.
template<class T>
std::string realText(T value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

template<class T>
bool hasOddNan(const graph::Tensor& tensor)
{
    T canonical = std::numeric_limits<T>::quiet_NaN();
    for (T value : tensor.span<T>())
        if (std::isnan(value) && std::memcmp(&value, &canonical, sizeof value) != 0)
            return true;
    return false;
}

class TextWriter {
public:
    TextWriter(const std::string& dataName, std::int64_t inlineElements)
        : m_dataName(dataName)
        , m_inlineElements(inlineElements)
    {}

    Result<WrittenText> write(const onnx::ModelProto& model)
    {
        std::string header;
        auto property = [&](const std::string& text) {
            header += (header.empty() ? "   " : ",\n   ") + text;
        };
        property(fmt::format("ir_version: {}", model.ir_version()));
        property("opset_import: " + opsets(model.opset_import()));
        if (!model.producer_name().empty())
            property("producer_name: " + quotedText(model.producer_name()));
        if (!model.producer_version().empty())
            property("producer_version: " + quotedText(model.producer_version()));
        if (!model.domain().empty())
            property("domain: " + quotedText(model.domain()));
        if (model.model_version() != 0)
            property(fmt::format("model_version: {}", model.model_version()));
        if (!model.doc_string().empty())
            property("doc_string: " + quotedText(model.doc_string()));
        if (model.metadata_props_size() > 0)
            property("metadata_props: " + entries(model.metadata_props()));
        lose(model, "model");
        if (model.training_info_size() > 0)
            ++m_lost["training info"];
        std::string body = TRY(graph(model.graph(), 0));
        for (const auto& proto : model.functions())
            body += TRY(function(proto));
        WrittenText out;
        for (const auto& [what, count] : m_lost)
            out.problems.push_back(
                {Severity::Warning,
                 "not-in-text",
                 {},
                 {},
                 fmt::format("ONNX text cannot hold {} ({} of them); they are left out", what, count),
                 "write .onnx to keep them"});
        for (const Problem& problem : out.problems)
            out.text += "# " + problem.text + "\n";
        out.text += "<\n" + header + "\n>\n" + body;
        out.data = std::move(m_data);
        return out;
    }

private:
    void lose(const google::protobuf::Message& message, const char* what)
    {
        if (message.GetReflection()->GetUnknownFields(message).field_count() > 0)
            ++m_lost[std::string("unknown fields of a ") + what];
    }
    void loseDoc(const std::string& doc, const char* what)
    {
        if (!doc.empty())
            ++m_lost[std::string("doc strings of ") + what];
    }

    static std::string opsets(const RepeatedPtrField<onnx::OperatorSetIdProto>& protos)
    {
        std::string text;
        for (const auto& proto : protos)
            text += fmt::format("{}{} : {}", text.empty() ? "" : ", ", quotedText(proto.domain()),
                                proto.version());
        return "[" + text + "]";
    }

    static std::string entries(const RepeatedPtrField<onnx::StringStringEntryProto>& protos)
    {
        std::string text;
        for (const auto& proto : protos)
            text += fmt::format("{}{} : {}", text.empty() ? "" : ", ", quotedText(proto.key()),
                                quotedText(proto.value()));
        return "[" + text + "]";
    }

    static std::string dims(const onnx::TensorShapeProto& shape)
    {
        std::string text;
        for (const auto& dim : shape.dim()) {
            text += text.empty() ? "" : ",";
            if (dim.has_dim_value())
                text += fmt::format("{}", dim.dim_value());
            else
                text += dim.dim_param().empty() ? "?" : nameText(dim.dim_param());
        }
        return text;
    }

    template<class TensorType>
    Result<std::string> tensorType(const TensorType& proto)
    {
        auto element = graph::dataTypeFromOnnx(proto.elem_type());
        if (!element || *element == graph::DataType::Undefined)
            return Error{ErrorCode::Unsupported,
                         fmt::format("ONNX text has no name for element type {}", proto.elem_type()),
                         {}};
        std::string text(graph::name(*element));
        if (!proto.has_shape())
            return text + "[]";
        return proto.shape().dim_size() == 0 ? text : text + "[" + dims(proto.shape()) + "]";
    }

    // Empty for a type that says nothing.
    Result<std::string> type(const onnx::TypeProto& proto)
    {
        if (!proto.denotation().empty())
            ++m_lost["denotations of types"];
        switch (proto.value_case()) {
        case onnx::TypeProto::kTensorType:
            for (const auto& dim : proto.tensor_type().shape().dim())
                if (!dim.denotation().empty())
                    ++m_lost["denotations of dims"];
            if (proto.tensor_type().elem_type() == 0)
                return std::string();
            return tensorType(proto.tensor_type());
        case onnx::TypeProto::kSparseTensorType:
            return "sparse_tensor(" + TRY(tensorType(proto.sparse_tensor_type())) + ")";
        case onnx::TypeProto::kSequenceType:
            return "seq(" + TRY(type(proto.sequence_type().elem_type())) + ")";
        case onnx::TypeProto::kOptionalType:
            return "optional(" + TRY(type(proto.optional_type().elem_type())) + ")";
        case onnx::TypeProto::kMapType:
            return fmt::format(
                "map({}, {})",
                graph::name(
                    graph::dataTypeFromOnnx(proto.map_type().key_type()).value_or(graph::DataType::Int64)),
                TRY(type(proto.map_type().value_type())));
        default:
            return std::string();
        }
    }

    Result<std::string> valueInfo(const onnx::ValueInfoProto& proto)
    {
        loseDoc(proto.doc_string(), "values");
        lose(proto, "value info");
        std::string text = TRY(type(proto.type()));
        return (text.empty() ? "" : text + " ") + nameText(proto.name());
    }

    // "float[2,3] name = {…}"
    Result<std::string> tensor(const onnx::TensorProto& proto)
    {
        onnx::TensorProto copy = proto;
        ReadLimits limits;
        limits.external = ExternalTensors::Describe;
        ExternalFiles files{std::string()};
        std::string what = fmt::format("tensor \"{}\"", displayText(proto.name(), 200));
        LoadedTensor loaded = TRY(takeTensor(copy, limits, files, what));
        if (loaded.unknownType)
            return Error{ErrorCode::Unsupported,
                         fmt::format("ONNX text has no name for element type {}", proto.data_type()), what};
        loseDoc(proto.doc_string(), "tensors");
        const graph::Tensor& tensor = loaded.tensor;
        std::string text(graph::name(tensor.type()));
        if (tensor.rank() > 0) {
            std::string list;
            for (std::int64_t dim : tensor.dims())
                list += fmt::format("{}{}", list.empty() ? "" : ",", dim);
            text += "[" + list + "]";
        }
        if (!proto.name().empty())
            text += " " + nameText(proto.name());
        text += " = ";
        if (loaded.external)
            return text + entries(proto.external_data());
        return text + (fitsInline(tensor, m_inlineElements) ? elements(tensor) : reference(tensor));
    }

    static std::string elements(const graph::Tensor& tensor)
    {
        std::string text;
        auto add = [&](const std::string& element) { text += (text.empty() ? "" : ", ") + element; };
        if (tensor.type() == graph::DataType::String) {
            for (const std::string& element : tensor.strings())
                add(quotedText(element));
        } else if (tensor.type() == graph::DataType::Float32) {
            for (float value : tensor.span<float>())
                add(realText(value));
        } else if (tensor.type() == graph::DataType::Float64) {
            for (double value : tensor.span<double>())
                add(realText(value));
        } else if (tensor.type() == graph::DataType::UInt64) {
            for (std::uint64_t value : tensor.span<std::uint64_t>())
                add(fmt::format("{}", value));
        } else {
            auto values = tensor.toInt64s(); // integers and bool, as fitsInline() says
            for (std::int64_t value : values.ok() ? *values : std::vector<std::int64_t>())
                add(fmt::format("{}", value));
        }
        return "{" + text + "}";
    }

    std::string reference(const graph::Tensor& tensor)
    {
        m_data.resize((m_data.size() + dataAlignment - 1) / dataAlignment * dataAlignment, '\0');
        std::string text = fmt::format("[\"location\" : {}, \"offset\" : \"{}\", \"length\" : \"{}\"]",
                                       quotedText(m_dataName), m_data.size(), tensor.byteSize());
        m_data.append(reinterpret_cast<const char*>(tensor.bytes()), tensor.byteSize());
        return text;
    }

    template<class T, class F>
    static std::string list(const T& values, F one)
    {
        std::string text;
        for (const auto& value : values)
            text += (text.empty() ? "" : ", ") + one(value);
        return "[" + text + "]";
    }

    Result<std::string> attribute(const AttributeProto& proto, int depth)
    {
        loseDoc(proto.doc_string(), "attributes");
        lose(proto, "attribute");
        std::string head = nameText(proto.name());
        if (!proto.ref_attr_name().empty()) {
            const char* kind = kindName(proto.type());
            return head + (kind == nullptr ? "" : fmt::format(" : {}", kind)) + " = @" +
                   nameText(proto.ref_attr_name());
        }
        auto integer = [](std::int64_t v) { return fmt::format("{}", v); };
        switch (attributeKind(proto)) {
        case AttributeProto::FLOAT:
            return head + " = " + realText(proto.f());
        case AttributeProto::INT:
            return head + " = " + integer(proto.i());
        case AttributeProto::STRING:
            return head + " = " + quotedText(proto.s());
        case AttributeProto::TENSOR:
            return head + " = " + TRY(tensor(proto.t()));
        case AttributeProto::GRAPH:
            return head + " = " + TRY(graph(proto.g(), depth + 1));
        case AttributeProto::FLOATS:
            return head + " : floats = " + list(proto.floats(), realText<float>);
        case AttributeProto::INTS:
            return head + (proto.ints().empty() ? " : ints = " : " = ") + list(proto.ints(), integer);
        case AttributeProto::STRINGS:
            return head + (proto.strings().empty() ? " : strings = " : " = ") +
                   list(proto.strings(), [](const std::string& s) { return quotedText(s); });
        case AttributeProto::TENSORS: {
            std::string text;
            for (const auto& one : proto.tensors())
                text += (text.empty() ? "" : ", ") + TRY(tensor(one));
            return head + " : tensors = [" + text + "]";
        }
        case AttributeProto::GRAPHS: {
            std::string text;
            for (const auto& one : proto.graphs())
                text += (text.empty() ? "" : ", ") + TRY(graph(one, depth + 1));
            return head + " : graphs = [" + text + "]";
        }
        default:
            return Error{ErrorCode::Unsupported,
                         fmt::format("ONNX text cannot hold attribute \"{}\" of kind {}; write .onnx",
                                     displayText(proto.name(), 80), static_cast<int>(proto.type())),
                         {}};
        }
    }

    static const char* kindName(int kind)
    {
        static constexpr const char* names[] = {nullptr,  "float", "int",     "string",  "tensor", "graph",
                                                "floats", "ints",  "strings", "tensors", "graphs"};
        return kind > 0 && kind < 11 ? names[kind] : nullptr;
    }

    static std::string names(const RepeatedPtrField<std::string>& list)
    {
        std::string text;
        bool first = true;
        for (const std::string& name : list) {
            text += (first ? "" : ", ") + nameText(name);
            first = false;
        }
        return text;
    }

    Result<std::string> node(const onnx::NodeProto& proto, int depth)
    {
        loseDoc(proto.doc_string(), "nodes");
        if (!takeMetadata(proto, newer::nodeMetadata).empty())
            ++m_lost["metadata of nodes"];
        std::string text(static_cast<std::size_t>(depth + 1) * 3, ' ');
        if (!proto.name().empty())
            text += "[" + nameText(proto.name()) + "] ";
        text += names(proto.output()) + (proto.output().empty() ? "= " : " = ");
        if (!proto.domain().empty())
            text += domain(proto.domain()) + ".";
        text += nameText(proto.op_type());
        if (auto overload = unknownString(proto, newer::nodeOverload); overload && !overload->empty())
            text += ":" + nameText(*overload);
        std::string attributes;
        for (const auto& one : proto.attribute())
            attributes += (attributes.empty() ? "" : ", ") + TRY(attribute(one, depth));
        if (!attributes.empty())
            text += " <" + attributes + ">";
        return text + " (" + names(proto.input()) + ")\n";
    }

    // Parts between dots are names of their own where they can be.
    static std::string domain(const std::string& text)
    {
        std::string out;
        std::size_t start = 0;
        while (start <= text.size()) {
            std::size_t dot = std::min(text.find('.', start), text.size());
            out += (start == 0 ? "" : ".") + nameText(text.substr(start, dot - start));
            start = dot + 1;
        }
        return out;
    }

    Result<std::string> graph(const onnx::GraphProto& proto, int depth)
    {
        if (proto.sparse_initializer_size() > 0)
            return Error{
                ErrorCode::Unsupported, "ONNX text cannot hold sparse initializers; write .onnx", {}};
        loseDoc(proto.doc_string(), "graphs");
        if (proto.quantization_annotation_size() > 0)
            ++m_lost["quantization annotations"];
        lose(proto, "graph");
        std::string indent(static_cast<std::size_t>(depth) * 3, ' ');
        std::map<std::string, const onnx::TensorProto*> inputTensors;
        for (const auto& input : proto.input())
            inputTensors[input.name()] = nullptr;
        std::string constants;
        auto constant = [&](const std::string& line) {
            constants += (constants.empty() ? "" : ",\n") + indent + "   " + line;
        };
        for (const auto& initializer : proto.initializer()) {
            auto input = inputTensors.find(initializer.name());
            if (input != inputTensors.end() && input->second == nullptr)
                input->second = &initializer;
            else
                constant(TRY(tensor(initializer)));
        }
        for (const auto& info : proto.value_info())
            constant(TRY(valueInfo(info)));
        std::string inputs;
        for (const auto& info : proto.input()) {
            auto* value = inputTensors[info.name()];
            inputs += (inputs.empty() ? "" : ", ") +
                      (value == nullptr ? TRY(valueInfo(info)) : TRY(tensor(*value)));
        }
        std::string outputs;
        for (const auto& info : proto.output())
            outputs += (outputs.empty() ? "" : ", ") + TRY(valueInfo(info));
        std::string text = fmt::format("{} ({}) => ({})\n", nameText(proto.name()), inputs, outputs);
        if (!constants.empty())
            text += indent + "<\n" + constants + "\n" + indent + ">\n";
        text += indent + "{\n";
        for (const auto& one : proto.node())
            text += TRY(node(one, depth));
        return text + indent + "}" + (depth == 0 ? "\n" : "");
    }

    Result<std::string> function(const onnx::FunctionProto& proto)
    {
        std::string text = "<\n   domain: " + quotedText(proto.domain());
        if (proto.opset_import_size() > 0)
            text += ",\n   opset_import: " + opsets(proto.opset_import());
        if (!proto.doc_string().empty())
            text += ",\n   doc_string: " + quotedText(proto.doc_string());
        if (auto overload = unknownString(proto, newer::functionOverload); overload && !overload->empty())
            text += ",\n   overload: " + quotedText(*overload);
        text += "\n>\n" + nameText(proto.name()) + " ";
        std::string parameters = names(proto.attribute());
        const auto& fields = proto.GetReflection()->GetUnknownFields(proto);
        for (int i = 0; i < fields.field_count(); ++i) {
            AttributeProto value;
            if (fields.field(i).number() == newer::functionAttributeDefaults &&
                value.ParsePartialFromString(fields.field(i).length_delimited()))
                parameters += (parameters.empty() ? "" : ", ") + TRY(attribute(value, 0));
            else if (fields.field(i).number() != newer::functionOverload)
                ++m_lost["unknown fields of a function"];
        }
        if (!parameters.empty())
            text += "<" + parameters + "> ";
        text += fmt::format("({}) => ({})\n{{\n", names(proto.input()), names(proto.output()));
        for (const auto& one : proto.node())
            text += TRY(node(one, 0));
        return text + "}\n";
    }

    std::string m_dataName;
    std::int64_t m_inlineElements;
    std::string m_data;
    std::map<std::string, int> m_lost;
};

} // namespace

bool fitsInline(const graph::Tensor& tensor, std::int64_t inlineElements)
{
    if (tensor.type() == graph::DataType::String)
        return true; // there is no other place for strings
    if (tensor.elementCount() > inlineElements)
        return false;
    switch (tensor.type()) {
    case graph::DataType::Float32:
        return !hasOddNan<float>(tensor);
    case graph::DataType::Float64:
        return !hasOddNan<double>(tensor);
    case graph::DataType::Bool:
        return true;
    default:
        return graph::isInteger(tensor.type());
    }
}

Result<WrittenText> textFromProto(const onnx::ModelProto& model, const std::string& dataName,
                                  std::int64_t inlineElements)
{
    return TextWriter(dataName, inlineElements).write(model);
}

} // namespace orrery::formats
