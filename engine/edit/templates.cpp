// SPDX-License-Identifier: Apache-2.0
//
// Weights keep the variance of what flows through a layer: before a Relu normal with variance 2 / fan-in (He
// et al., "Delving deep into rectifiers", 2015), elsewhere uniform within sqrt(6 / (fan-in + fan-out))
// (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010).
// Biases are zero. The transformer block is that of Vaswani et al. ("Attention is all you need", 2017) with
// the normalization in front of each part (Xiong et al., 2020).
#include "engine/edit/templates.h"

#include "engine/base/splitmix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::edit {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;
using graph::Tensor;

constexpr std::int64_t mostWeights = std::int64_t(1) << 28;
constexpr std::int64_t mostLayers = 256;

enum class Draw { He, Glorot };

struct Fans {
    std::int64_t in = 1, out = 1;
};

// A model that grows node by node; names come from the operator.
class Net {
public:
    explicit Net(const TemplateOptions& options)
        : m_random(options.seed)
    {
        m_model.irVersion = irVersionOf(options.opset);
        m_model.opsets = {{"", options.opset}};
        m_model.producerName = "Orrery";
        m_model.graph.main().name = options.name;
    }

    graph::Graph& graph() { return m_model.graph; }

    ValueId input(std::string name, std::vector<Dim> dims)
    {
        ValueId id =
            graph().addValue(graph().mainRegion(), std::move(name),
                             graph::ValueType::tensor(graph::DataType::Float32, Shape(std::move(dims))));
        graph().main().inputs.push_back(id);
        return id;
    }

    ValueId weight(const std::string& name, Dims dims, Fans fans, Draw draw)
    {
        Tensor tensor = allocate(dims);
        const float scale = draw == Draw::He ? std::sqrt(2.0f / float(fans.in))
                                             : std::sqrt(6.0f / (float(fans.in) + float(fans.out)));
        for (std::int64_t i = 0; i < tensor.elementCount(); ++i)
            tensor.mutableData<float>()[i] =
                scale * (draw == Draw::He ? m_random.normal() : 2 * m_random.uniform() - 1);
        return constant(name, std::move(tensor));
    }
    ValueId filled(const std::string& name, Dims dims, float value)
    {
        Tensor tensor = allocate(dims);
        std::fill_n(tensor.mutableData<float>(), tensor.elementCount(), value);
        return constant(name, std::move(tensor));
    }
    ValueId integers(const std::string& name, const std::vector<std::int64_t>& values)
    {
        return constant(name, Tensor::of<std::int64_t>({std::int64_t(values.size())}, values));
    }
    ValueId constant(const std::string& name, Tensor tensor)
    {
        return graph().addConstant(graph().mainRegion(), name, std::move(tensor));
    }

    ValueId node(const std::string& name, const std::string& opType, std::vector<ValueId> inputs,
                 const std::vector<std::pair<std::string, graph::AttributeValue>>& attributes = {},
                 std::size_t outputs = 1)
    {
        graph::Node node;
        node.name = name;
        node.opType = opType;
        node.inputs = std::move(inputs);
        for (std::size_t i = 0; i < outputs; ++i)
            node.outputs.push_back(graph().addValue(
                graph().mainRegion(), i == 0 ? name + "_out" : fmt::format("{}_out{}", name, i)));
        for (const auto& [key, value] : attributes)
            node.setAttribute(key, value);
        const ValueId first = node.outputs[0];
        graph().addNode(graph().mainRegion(), std::move(node));
        return first;
    }

    // x · W + b over the last dim; of rank 2.
    ValueId dense(const std::string& name, ValueId x, std::int64_t from, std::int64_t to, Draw draw)
    {
        return node(
            name, "Gemm",
            {x, weight(name + "_weight", {to, from}, {from, to}, draw), filled(name + "_bias", {to}, 0)},
            {{"transB", std::int64_t{1}}});
    }
    // The same for any rank.
    ValueId project(const std::string& name, ValueId x, std::int64_t from, std::int64_t to)
    {
        ValueId product =
            node(name, "MatMul", {x, weight(name + "_weight", {from, to}, {from, to}, Draw::Glorot)});
        return node(name + "_add", "Add", {product, filled(name + "_bias", {to}, 0)});
    }

    graph::Model finish(ValueId output, const std::string& name, std::vector<Dim> dims)
    {
        graph().value(output).name = name;
        graph().value(output).type =
            graph::ValueType::tensor(graph::DataType::Float32, Shape(std::move(dims)));
        graph().main().outputs.push_back(output);
        return std::move(m_model);
    }
    graph::Model empty() { return std::move(m_model); }

private:
    static Tensor allocate(const Dims& dims)
    {
        auto tensor = Tensor::allocate(graph::DataType::Float32, dims);
        CHECK(tensor.ok()); // sizes were checked
        return tensor.releaseValue();
    }

    graph::Model m_model;
    SplitMix m_random;
};

graph::Model mlp(const TemplateOptions& options)
{
    Net net(options);
    ValueId x = net.input("x", {Dim::symbolic("N"), options.inputs});
    std::int64_t width = options.inputs;
    for (std::size_t i = 0; i < options.hidden.size(); ++i) {
        x = net.dense(fmt::format("dense{}", i + 1), x, width, options.hidden[i], Draw::He);
        x = net.node(fmt::format("relu{}", i + 1), "Relu", {x});
        width = options.hidden[i];
    }
    x = net.dense("classify", x, width, options.classes, Draw::Glorot);
    x = net.node("softmax", "Softmax", {x}, {{"axis", std::int64_t{-1}}});
    return net.finish(x, "probabilities", {Dim::symbolic("N"), options.classes});
}

graph::Model cnn(const TemplateOptions& options)
{
    using Ints = std::vector<std::int64_t>;
    Net net(options);
    ValueId x = net.input("x", {Dim::symbolic("N"), options.inputs, options.size, options.size});
    std::int64_t channels = options.inputs;
    std::int64_t size = options.size;
    for (std::size_t i = 0; i < options.hidden.size(); ++i) {
        const std::string name = fmt::format("conv{}", i + 1);
        const std::int64_t made = options.hidden[i];
        x = net.node(
            name, "Conv",
            {x, net.weight(name + "_weight", {made, channels, 3, 3}, {channels * 9, made * 9}, Draw::He),
             net.filled(name + "_bias", {made}, 0)},
            {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
        x = net.node(fmt::format("relu{}", i + 1), "Relu", {x});
        if (size >= 4) {
            x = net.node(fmt::format("pool{}", i + 1), "MaxPool", {x},
                         {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
            size /= 2;
        }
        channels = made;
    }
    x = net.node("average", "GlobalAveragePool", {x});
    x = net.node("flatten", "Flatten", {x}, {{"axis", std::int64_t{1}}});
    x = net.dense("classify", x, channels, options.classes, Draw::Glorot);
    x = net.node("softmax", "Softmax", {x}, {{"axis", std::int64_t{-1}}});
    return net.finish(x, "probabilities", {Dim::symbolic("N"), options.classes});
}

ValueId attention(Net& net, const std::string& name, ValueId x, const TemplateOptions& options)
{
    using Ints = std::vector<std::int64_t>;
    const std::int64_t width = options.inputs;
    const std::int64_t perHead = width / options.heads;
    ValueId split = net.integers(name + "_split", {0, 0, options.heads, perHead});
    auto headsOf = [&](const std::string& part, const Ints& order) {
        ValueId all = net.project(name + "_" + part, x, width, width);
        ValueId heads = net.node(name + "_" + part + "_heads", "Reshape", {all, split});
        return net.node(name + "_" + part + "_order", "Transpose", {heads}, {{"perm", order}});
    };
    ValueId query = headsOf("query", {0, 2, 1, 3});
    ValueId key = headsOf("key", {0, 2, 3, 1});
    ValueId value = headsOf("value", {0, 2, 1, 3});
    ValueId scores = net.node(name + "_scores", "MatMul", {query, key});
    ValueId scale = net.constant(name + "_scale", Tensor::scalar(1 / std::sqrt(float(perHead))));
    ValueId scaled = net.node(name + "_scaled", "Mul", {scores, scale});
    ValueId weights = net.node(name + "_softmax", "Softmax", {scaled}, {{"axis", std::int64_t{-1}}});
    ValueId mixed = net.node(name + "_mix", "MatMul", {weights, value});
    ValueId ordered = net.node(name + "_mix_order", "Transpose", {mixed}, {{"perm", Ints{0, 2, 1, 3}}});
    ValueId joined =
        net.node(name + "_join", "Reshape", {ordered, net.integers(name + "_width", {0, 0, width})});
    return net.project(name + "_output", joined, width, width);
}

// Of opset 20 one node, before that what it stands for: x/2 · (1 + erf(x/√2)).
ValueId gelu(Net& net, const std::string& name, ValueId x, std::int64_t opset)
{
    if (opset >= 20)
        return net.node(name, "Gelu", {x});
    auto scalar = [&](const char* what, float value) {
        return net.constant(name + what, Tensor::scalar(value));
    };
    ValueId inner = net.node(name + "_div", "Div", {x, scalar("_sqrt2", std::sqrt(2.0f))});
    ValueId erf = net.node(name + "_erf", "Erf", {inner});
    ValueId sum = net.node(name + "_add", "Add", {erf, scalar("_one", 1)});
    ValueId product = net.node(name + "_mul", "Mul", {x, sum});
    return net.node(name, "Mul", {product, scalar("_half", 0.5f)});
}

graph::Model transformer(const TemplateOptions& options)
{
    Net net(options);
    const std::int64_t width = options.inputs;
    const std::vector<Dim> dims{Dim::symbolic("N"), Dim::symbolic("S"), width};
    ValueId x = net.input("x", dims);
    auto normalized = [&](const std::string& name, ValueId from) {
        return net.node(
            name, "LayerNormalization",
            {from, net.filled(name + "_scale", {width}, 1), net.filled(name + "_bias", {width}, 0)},
            {{"axis", std::int64_t{-1}}});
    };
    for (std::size_t i = 0; i < options.hidden.size(); ++i) {
        const std::string block = fmt::format("block{}_", i + 1);
        ValueId attended = attention(net, block + "attention", normalized(block + "norm1", x), options);
        x = net.node(block + "residual1", "Add", {x, attended});
        ValueId inner =
            net.project(block + "expand", normalized(block + "norm2", x), width, options.hidden[i]);
        ValueId active = gelu(net, block + "gelu", inner, options.opset);
        x = net.node(block + "residual2", "Add",
                     {x, net.project(block + "contract", active, options.hidden[i], width)});
    }
    return net.finish(normalized("norm", x), "y", dims);
}

graph::Model lstm(const TemplateOptions& options)
{
    Net net(options);
    ValueId x = net.input("x", {Dim::symbolic("S"), Dim::symbolic("N"), options.inputs});
    std::int64_t width = options.inputs;
    for (std::size_t i = 0; i < options.hidden.size(); ++i) {
        const std::string name = fmt::format("lstm{}", i + 1);
        const std::int64_t hidden = options.hidden[i];
        ValueId y = net.node(
            name, "LSTM",
            {x, net.weight(name + "_weight", {1, 4 * hidden, width}, {width, hidden}, Draw::Glorot),
             net.weight(name + "_recurrence", {1, 4 * hidden, hidden}, {hidden, hidden}, Draw::Glorot),
             net.filled(name + "_bias", {1, 8 * hidden}, 0)},
            {{"hidden_size", hidden}});
        x = net.node(name + "_squeeze", "Squeeze", {y, net.integers(name + "_axes", {1})});
        width = hidden;
    }
    x = net.node("last", "Gather", {x, net.constant("last_index", Tensor::scalar(std::int64_t{-1}))},
                 {{"axis", std::int64_t{0}}});
    x = net.dense("classify", x, width, options.classes, Draw::Glorot);
    x = net.node("softmax", "Softmax", {x}, {{"axis", std::int64_t{-1}}});
    return net.finish(x, "probabilities", {Dim::symbolic("N"), options.classes});
}

Error usage(std::string message) { return Error{ErrorCode::Usage, std::move(message), {}}; }

Result<void> checkNumbers(const TemplateOptions& options)
{
    static constexpr std::int64_t widest = 1 << 20;
    auto inRange = [](const char* what, std::int64_t value) -> Result<void> {
        if (value < 1 || value > widest)
            return usage(fmt::format("{} cannot be {}; expected 1 to {}", what, value, widest));
        return {};
    };
    TRY(inRange("the number of inputs", options.inputs));
    TRY(inRange("the number of classes", options.classes));
    TRY(inRange("the size of the pictures", options.size));
    TRY(inRange("the number of heads", options.heads));
    if (options.hidden.size() > std::size_t(mostLayers))
        return usage(fmt::format("expected at most {} layers, found {}", mostLayers, options.hidden.size()));
    std::int64_t before = options.inputs, weights = 0;
    for (std::int64_t width : options.hidden) {
        TRY(inRange("the width of a layer", width));
        const std::int64_t factor = options.kind == Template::Cnn    ? 9
                                    : options.kind == Template::Lstm ? 4
                                                                     : 2;
        weights += factor * width * (before + (options.kind == Template::Lstm ? width : 0));
        if (options.kind == Template::Transformer)
            weights += 4 * options.inputs * options.inputs;
        else
            before = width;
        if (weights > mostWeights)
            return Error{ErrorCode::LimitReached,
                         fmt::format("more than {} weights; choose fewer or narrower layers", mostWeights),
                         {}};
    }
    if (before * options.classes > mostWeights)
        return Error{ErrorCode::LimitReached, fmt::format("more than {} weights", mostWeights), {}};
    if (options.kind == Template::Transformer && options.inputs % options.heads != 0)
        return usage(
            fmt::format("a width of {} cannot be split into {} heads", options.inputs, options.heads));
    return {};
}

} // namespace

std::int64_t irVersionOf(std::int64_t opset)
{
    constexpr std::int64_t firstOpsetOfIr[] = {0, 0, 0, 1, 9, 10, 11, 12, 15, 19, 21, 23}; // by IR version
    std::int64_t ir = 3;
    for (std::size_t i = 3; i < std::size(firstOpsetOfIr); ++i)
        if (opset >= firstOpsetOfIr[i])
            ir = static_cast<std::int64_t>(i);
    return ir;
}

TemplateOptions defaultsOf(Template kind)
{
    TemplateOptions options;
    options.kind = kind;
    switch (kind) {
    case Template::Empty:
        break;
    case Template::Mlp:
        options.name = "mlp";
        options.inputs = 784;
        options.hidden = {256, 128};
        break;
    case Template::Cnn:
        options.name = "cnn";
        options.inputs = 3;
        options.hidden = {32, 64, 128};
        break;
    case Template::Transformer:
        options.name = "transformer";
        options.inputs = 128;
        options.hidden = {512};
        break;
    case Template::Lstm:
        options.name = "lstm";
        options.inputs = 32;
        options.hidden = {64};
        break;
    }
    return options;
}

Result<graph::Model> makeTemplate(const TemplateOptions& options)
{
    const std::int64_t oldest = options.kind == Template::Empty         ? 1
                                : options.kind == Template::Transformer ? 17
                                                                        : 13;
    if (options.opset < oldest)
        return usage(fmt::format("expected operator set {} or newer, found {}", oldest, options.opset));
    if (options.kind == Template::Empty)
        return Net(options).empty();
    TRY(checkNumbers(options));
    switch (options.kind) {
    case Template::Mlp:
        return mlp(options);
    case Template::Cnn:
        return cnn(options);
    case Template::Transformer:
        return transformer(options);
    default:
        return lstm(options);
    }
}

} // namespace orrery::edit
