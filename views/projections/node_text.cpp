// SPDX-License-Identifier: Apache-2.0
#include "views/projections/node_text.h"

#include "engine/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace orrery::projections {
namespace {

using graph::Attribute;
using graph::Node;

constexpr std::size_t shortText = 60;
constexpr std::size_t mostLines = 3;
constexpr std::size_t longestDim = 12;

std::string joined(const std::vector<std::int64_t>& values, std::string_view separator)
{
    std::string text;
    for (std::size_t i = 0; i < values.size() && text.size() < shortText; ++i)
        text += (i > 0 ? std::string(separator) : "") + std::to_string(values[i]);
    return text;
}

bool allEqual(const std::vector<std::int64_t>& values)
{
    return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == values.front(); });
}

// "2" where all are equal, else "2×1".
std::string perAxis(const std::vector<std::int64_t>& values)
{
    return allEqual(values) ? std::to_string(values.front()) : joined(values, "×");
}

// Windows of Conv and pooling: what differs from the default, in the words of the field.
std::string windowLine(const Node& node)
{
    std::string line;
    auto add = [&](const std::string& text) { line += (line.empty() ? "" : ", ") + text; };
    if (const auto kernel = node.intsAttribute("kernel_shape"); !kernel.empty())
        add("kernel " + joined(kernel, "×"));
    if (const auto strides = node.intsAttribute("strides");
        !strides.empty() && !(allEqual(strides) && strides[0] == 1))
        add("stride " + perAxis(strides));
    if (const auto pads = node.intsAttribute("pads"); !pads.empty() && !(allEqual(pads) && pads[0] == 0))
        add("pad " + (allEqual(pads) ? std::to_string(pads[0]) : joined(pads, ",")));
    if (const auto dilations = node.intsAttribute("dilations");
        !dilations.empty() && !(allEqual(dilations) && dilations[0] == 1))
        add("dilation " + perAxis(dilations));
    if (const auto group = node.intAttribute("group", 1); group != 1)
        add("group " + std::to_string(group));
    if (const auto pad = node.stringAttribute("auto_pad", "NOTSET"); pad != "NOTSET")
        add("auto_pad " + displayText(pad, shortText));
    return line;
}

constexpr std::array windowAttributes = {"kernel_shape", "strides", "pads", "dilations", "group", "auto_pad"};
// Switches that nearly every file spells out and nobody looks for on the picture.
constexpr std::array quietAttributes = {"ceil_mode",  "count_include_pad", "storage_order", "training_mode",
                                        "activation", "activation_params", "momentum",      "spatial"};

bool isIn(std::string_view word, auto& list)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string attributeText(const Node& node, const Attribute& attribute)
{
    if (attribute.name == "to" && node.opType == "Cast")
        if (const auto* number = std::get_if<std::int64_t>(&attribute.value))
            if (const auto type = graph::dataTypeFromOnnx(int(*number)))
                return "to " + std::string(graph::name(*type));
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value))
        return displayText(attribute.name, 30) + " " + joined(*list, ", ");
    if (const auto* text = std::get_if<std::string>(&attribute.value))
        return displayText(attribute.name, 30) + " " + displayText(*text, 30);
    return displayText(attribute.name, 30) + " " + displayText(attribute.text(40), shortText);
}

struct Names {
    std::string_view opType;
    std::vector<std::string_view> inputs;
};

// Of the operators whose inputs are usually constants; the property panel asks the full documentation.
const std::vector<Names>& formalNames()
{
    static const std::vector<Names> names = {
        {"Conv", {"X", "W", "B"}},
        {"ConvTranspose", {"X", "W", "B"}},
        {"FusedConv", {"X", "W", "B", "Z"}},
        {"Gemm", {"A", "B", "C"}},
        {"FusedGemm", {"A", "B", "C"}},
        {"MatMul", {"A", "B"}},
        {"BatchNormalization", {"X", "scale", "B", "mean", "var"}},
        {"InstanceNormalization", {"X", "scale", "B"}},
        {"LayerNormalization", {"X", "scale", "B"}},
        {"LSTM", {"X", "W", "R", "B", "sequence lengths", "initial h", "initial c", "P"}},
        {"GRU", {"X", "W", "R", "B", "sequence lengths", "initial h"}},
        {"RNN", {"X", "W", "R", "B", "sequence lengths", "initial h"}},
        {"Reshape", {"data", "shape"}},
        {"Expand", {"input", "shape"}},
        {"Tile", {"input", "repeats"}},
        {"Slice", {"data", "starts", "ends", "axes", "steps"}},
        {"Gather", {"data", "indices"}},
        {"Squeeze", {"data", "axes"}},
        {"Unsqueeze", {"data", "axes"}},
        {"Pad", {"data", "pads", "value", "axes"}},
        {"Resize", {"X", "roi", "scales", "sizes"}},
        {"Upsample", {"X", "scales"}},
        {"Clip", {"input", "min", "max"}},
        {"PRelu", {"X", "slope"}},
        {"Pow", {"X", "exponent"}},
        {"Where", {"condition", "X", "Y"}},
        {"Split", {"input", "split"}},
        {"ReduceMean", {"data", "axes"}},
        {"ReduceSum", {"data", "axes"}},
        {"ReduceMax", {"data", "axes"}},
        {"TopK", {"X", "K"}},
        {"Range", {"start", "limit", "delta"}},
        {"OneHot", {"indices", "depth", "values"}},
        {"CumSum", {"x", "axis"}},
        {"ConstantOfShape", {"shape"}},
        {"Dropout", {"data", "ratio", "training mode"}},
    };
    return names;
}

template<class T>
std::string numbers(const graph::Tensor& tensor)
{
    std::string text;
    for (T value : tensor.span<T>()) {
        text += text.empty() ? "" : ", ";
        if constexpr (std::is_floating_point_v<T>)
            text += fmt::format("{:.6g}", value);
        else
            text += std::to_string(value);
    }
    return tensor.elementCount() == 1 ? text : "[" + text + "]";
}

} // namespace

std::string nodeTitle(const Node& node)
{
    std::string title = displayText(node.opType.empty() ? "(no operator)" : node.opType, shortText);
    if (node.domain != "orrery" || !title.starts_with("Fused"))
        return title;
    title = title.substr(5);
    const std::string activation = node.stringAttribute("activation", "");
    return activation.empty() ? title : title + " + " + displayText(activation, shortText);
}

std::vector<std::string> attributeLines(const Node& node)
{
    std::vector<std::string> lines;
    if (std::string window = windowLine(node); !window.empty())
        lines.push_back(std::move(window));
    std::string line;
    for (const Attribute& attribute : node.attributes) {
        const bool isGraph = std::holds_alternative<RegionId>(attribute.value) ||
                             std::holds_alternative<std::vector<RegionId>>(attribute.value);
        if (isGraph || isIn(attribute.name, windowAttributes) || isIn(attribute.name, quietAttributes))
            continue;
        const std::string text = attributeText(node, attribute);
        if (!line.empty() && line.size() + text.size() > 34) {
            lines.push_back(line);
            line.clear();
        }
        line += (line.empty() ? "" : ", ") + text;
        if (lines.size() >= mostLines)
            break;
    }
    if (!line.empty() && lines.size() < mostLines)
        lines.push_back(line);
    return lines;
}

const graph::Tensor* constantOf(const graph::Graph& graph, ValueId id)
{
    if (!graph.contains(id))
        return nullptr;
    const graph::Value& value = graph.value(id);
    if (value.initializer)
        return &value.initializer->tensor;
    if (!graph.contains(value.producer))
        return nullptr;
    const Node& producer = graph.node(value.producer);
    return producer.opType == "Constant" ? producer.tensorAttribute("value") : nullptr;
}

std::string smallTensorText(const graph::Tensor& tensor, std::size_t limit)
{
    if (!tensor.defined() || std::size_t(tensor.elementCount()) > limit)
        return {};
    if (tensor.elementCount() > 0 && tensor.bytes() == nullptr)
        return {};
    switch (tensor.type()) {
    case graph::DataType::Float32:
        return numbers<float>(tensor);
    case graph::DataType::Float64:
        return numbers<double>(tensor);
    case graph::DataType::Int64:
        return numbers<std::int64_t>(tensor);
    case graph::DataType::Int32:
        return numbers<std::int32_t>(tensor);
    case graph::DataType::UInt8:
        return numbers<std::uint8_t>(tensor);
    case graph::DataType::Int8:
        return numbers<std::int8_t>(tensor);
    case graph::DataType::Bool:
        return numbers<bool>(tensor);
    default:
        return {};
    }
}

std::string inputName(const Node& node, std::size_t input)
{
    for (const Names& entry : formalNames())
        if (entry.opType == node.opType && input < entry.inputs.size())
            return std::string(entry.inputs[input]);
    return node.inputs.size() == 1 ? "input" : fmt::format("input {}", input);
}

std::string outputName(const Node& node, std::size_t output)
{
    return node.outputs.size() == 1 ? "output" : fmt::format("output {}", output);
}

std::string shortShape(const graph::Shape& shape)
{
    if (shape.dims.empty())
        return "scalar";
    std::string text;
    for (const graph::Dim& dim : shape.dims) {
        const std::string one = dim.text();
        text += text.empty() ? "" : "×";
        text += one.size() <= longestDim ? displayText(one, longestDim) : "…";
    }
    return text;
}

std::string constantLine(const graph::Graph& graph, const Node& node, std::size_t input)
{
    const ValueId id = node.inputs[input];
    if (!graph.contains(id))
        return {};
    const graph::Value& value = graph.value(id);
    const std::string name = inputName(node, input);
    if (const graph::Tensor* tensor = constantOf(graph, id)) {
        if (const std::string values = smallTensorText(*tensor, 4); !values.empty())
            return name + " = " + values;
        const bool isFloat = tensor->type() == graph::DataType::Float32;
        return name + " ⟨" + (isFloat ? "" : std::string(graph::name(tensor->type())) + " ") +
               graph::dimsText(tensor->dims()) + "⟩";
    }
    // A trace keeps no bytes of constants, but their types.
    const bool isConstantNode =
        graph.contains(value.producer) && graph.node(value.producer).opType == "Constant";
    if (const std::string label = typeLabel(value.type); isConstantNode && !label.empty())
        return name + " ⟨" + label + "⟩";
    return {};
}

std::string typeLabel(const graph::ValueType& type)
{
    if (type.kind == graph::TypeKind::Unknown)
        return {};
    if (type.kind != graph::TypeKind::Tensor)
        return displayText(type.text(), shortText);
    std::string label;
    if (type.element != graph::DataType::Float32 && type.element != graph::DataType::Undefined)
        label = std::string(graph::name(type.element));
    if (type.shape)
        label += (label.empty() ? "" : " ") + shortShape(*type.shape);
    return label;
}

std::string nodeToolTip(const graph::Graph& graph, const Node& node)
{
    std::string text = nodeTitle(node);
    if (!node.name.empty())
        text += "\n" + displayText(node.name, 200);
    auto list = [&](const char* title, const std::vector<ValueId>& values) {
        for (std::size_t i = 0; i < values.size() && i < 8; ++i) {
            if (!graph.contains(values[i]))
                continue;
            const graph::Value& value = graph.value(values[i]);
            text += fmt::format("\n{}  {}  {}", title, displayText(value.name, 80), typeLabel(value.type));
        }
        if (values.size() > 8)
            text += fmt::format("\n{}  … {} more", title, values.size() - 8);
    };
    list("in", node.inputs);
    list("out", node.outputs);
    return text;
}

std::string scopeOf(const std::string& nodeName)
{
    const std::size_t last = nodeName.rfind('/');
    if (last == std::string::npos || last == 0)
        return {};
    return displayText(nodeName.substr(0, last), 1024);
}

} // namespace orrery::projections
