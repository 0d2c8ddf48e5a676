// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/recurrent/recurrent.h"

#include "engine/base/text.h"
#include "engine/ops/math/vector_math.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;
using Kind = CellActivation::Kind;

struct Choice {
    std::string_view name;
    CellActivation activation; // with the default parameters
    int parameters = 0;
};

constexpr Choice choices[] = {
    {"Relu", {Kind::Relu, 0, 0}, 0},
    {"Tanh", {Kind::Tanh, 0, 0}, 0},
    {"Sigmoid", {Kind::Sigmoid, 0, 0}, 0},
    {"Affine", {Kind::Affine, 1, 0}, 2},
    {"LeakyRelu", {Kind::LeakyRelu, 0.01F, 0}, 1},
    {"ThresholdedRelu", {Kind::ThresholdedRelu, 1, 0}, 1},
    {"ScaledTanh", {Kind::ScaledTanh, 1, 1}, 2},
    {"HardSigmoid", {Kind::HardSigmoid, 0.2F, 0.5F}, 2},
    {"Elu", {Kind::Elu, 1, 0}, 1},
    {"Softsign", {Kind::Softsign, 0, 0}, 0},
    {"Softplus", {Kind::Softplus, 0, 0}, 0},
};

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

float sigmoid(float x) { return vec::sigmoid(x); }
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
float tangent(float x) { return vec::tanh(x); }
double tangent(double x) { return std::tanh(x); }

template<class T, class F>
void each(T* data, std::int64_t n, F&& function)
{
    for (std::int64_t i = 0; i < n; ++i)
        data[i] = function(data[i]);
}

template<class T>
void applyTyped(const CellActivation& activation, T* data, std::int64_t n)
{
    const T a = activation.alpha;
    const T b = activation.beta;
    switch (activation.kind) {
    case Kind::Relu:
        each(data, n, [](T x) { return x < T(0) ? T(0) : x; });
        break;
    case Kind::Tanh:
        each(data, n, [](T x) { return tangent(x); });
        break;
    case Kind::Sigmoid:
        each(data, n, [](T x) { return sigmoid(x); });
        break;
    case Kind::Affine:
        each(data, n, [a, b](T x) { return a * x + b; });
        break;
    case Kind::LeakyRelu:
        each(data, n, [a](T x) { return x < T(0) ? a * x : x; });
        break;
    case Kind::ThresholdedRelu:
        each(data, n, [a](T x) { return x < a ? T(0) : x; });
        break;
    case Kind::ScaledTanh:
        each(data, n, [a, b](T x) { return a * tangent(b * x); });
        break;
    case Kind::HardSigmoid:
        each(data, n, [a, b](T x) {
            T y = a * x + b;
            y = y < T(0) ? T(0) : y;
            return y > T(1) ? T(1) : y;
        });
        break;
    case Kind::Elu:
        each(data, n, [a](T x) { return x < T(0) ? a * (std::exp(x) - T(1)) : x; });
        break;
    case Kind::Softsign:
        each(data, n, [](T x) { return x / (T(1) + std::abs(x)); });
        break;
    case Kind::Softplus:
        each(data, n, [](T x) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); });
        break;
    }
}

Result<std::vector<CellActivation>>
parseActivations(const graph::Node& node, const std::vector<std::string>& defaults, std::size_t ways)
{
    std::vector<std::string> names;
    if (const graph::Attribute* attribute = node.attribute("activations"))
        if (const auto* given = std::get_if<std::vector<std::string>>(&attribute->value))
            names = *given;
    if (names.empty())
        for (std::size_t way = 0; way < ways; ++way)
            names.insert(names.end(), defaults.begin(), defaults.end());
    if (names.size() != defaults.size() * ways)
        return badInput(
            fmt::format("expected {} activations, found {}", defaults.size() * ways, names.size()));
    // Parameters are listed for those activations alone that take them, in order.
    const std::vector<float> alphas = node.floatsAttribute("activation_alpha");
    const std::vector<float> betas = node.floatsAttribute("activation_beta");
    std::size_t alpha = 0;
    std::size_t beta = 0;
    std::vector<CellActivation> result;
    for (const std::string& wanted : names) {
        const auto* choice = std::find_if(std::begin(choices), std::end(choices),
                                          [&](const Choice& c) { return lower(c.name) == lower(wanted); });
        if (choice == std::end(choices))
            return badInput("activation \"" + displayText(wanted, 100) +
                            "\" is not known for a recurrent operator");
        result.push_back(choice->activation);
        if (choice->parameters > 0 && alpha < alphas.size())
            result.back().alpha = alphas[alpha++];
        if (choice->parameters > 1 && beta < betas.size())
            result.back().beta = betas[beta++];
    }
    return result;
}

} // namespace

void apply(const CellActivation& activation, float* data, std::int64_t n) { applyTyped(activation, data, n); }
void apply(const CellActivation& activation, double* data, std::int64_t n)
{
    applyTyped(activation, data, n);
}

Result<RecurrentAttributes> parseRecurrent(const graph::Node& node, std::int64_t gates,
                                           const std::vector<std::string>& defaults)
{
    RecurrentAttributes attributes;
    attributes.gates = gates;
    const std::string direction = lower(node.stringAttribute("direction", "forward"));
    if (direction == "forward" || direction == "bidirectional")
        attributes.ways.push_back(Way::Forward);
    if (direction == "reverse" || direction == "bidirectional")
        attributes.ways.push_back(Way::Backward);
    if (attributes.ways.empty())
        return badInput("expected direction forward, reverse or bidirectional, found \"" +
                        displayText(direction, 40) + "\"");
    attributes.layout =
        node.intAttribute("layout", 0) == 0 ? RecurrentLayout::SequenceFirst : RecurrentLayout::BatchFirst;
    attributes.clip = node.floatAttribute("clip", 0);
    if (!(attributes.clip >= 0))
        return badInput(fmt::format("expected clip of 0 or more, found {}", attributes.clip));
    attributes.activations = TRY(parseActivations(node, defaults, attributes.ways.size()));
    attributes.linearBeforeReset = node.intAttribute("linear_before_reset", 0) != 0;
    attributes.inputForget = node.intAttribute("input_forget", 0) != 0;
    return attributes;
}

Result<void> inferRecurrent(InferContext& context)
{
    const Shape* x = context.inputShape(0);
    const Shape* w = context.inputShape(1);
    const Shape* r = context.inputShape(2);
    for (const Shape* shape : {x, w, r})
        if (shape != nullptr && shape->rank() != 3)
            return badInput("expected X, W and R of rank 3, found " + shape->text());
    const graph::Node& node = context.node();
    const bool batchFirst = node.intAttribute("layout", 0) != 0;
    const Dim steps = x == nullptr ? Dim::unknown() : x->dims[batchFirst ? 1 : 0];
    const Dim batch = x == nullptr ? Dim::unknown() : x->dims[batchFirst ? 0 : 1];
    const std::string direction = lower(node.stringAttribute("direction", "forward"));
    const Dim directions = direction == "bidirectional" ? 2 : 1;
    Dim hidden = r == nullptr ? Dim::unknown() : r->dims[2];
    const std::int64_t said = node.intAttribute("hidden_size", -1);
    if (said >= 0 && !mayBeEqual(hidden, Dim(said)))
        return badInput(fmt::format("expected R with hidden_size {}, found {}", said, r->text()));
    if (!hidden.isKnown() && said >= 0)
        hidden = said;
    if (x != nullptr && w != nullptr && !mayBeEqual(x->dims[2], w->dims[2]))
        return badInput(
            fmt::format("expected W with the input size of X {}, found {}", x->text(), w->text()));
    const graph::DataType element = context.inputElement(0);
    context.setTensor(0, element,
                      batchFirst ? Shape({batch, steps, directions, hidden})
                                 : Shape({steps, directions, batch, hidden}));
    for (std::size_t i = 1; i < context.outputCount(); ++i)
        context.setTensor(
            i, element, batchFirst ? Shape({batch, directions, hidden}) : Shape({directions, batch, hidden}));
    return {};
}

RecurrentSizes recurrentSizes(const RecurrentAttributes& attributes, const Dims& x, const Dims& r)
{
    const bool batchFirst = attributes.layout == RecurrentLayout::BatchFirst;
    return {.steps = x[batchFirst ? 1 : 0], .batch = x[batchFirst ? 0 : 1], .input = x[2], .hidden = r[2]};
}

Result<RecurrentSizes> recurrentSizes(const KernelContext& context, const RecurrentAttributes& attributes)
{
    const graph::Tensor& x = *context.input(0);
    const graph::Tensor& r = *context.input(2);
    if (x.rank() != 3 || r.rank() != 3)
        return badInput(fmt::format("expected X and R of rank 3, found {} and {}", graph::dimsText(x.dims()),
                                    graph::dimsText(r.dims())));
    const RecurrentSizes sizes = recurrentSizes(attributes, x.dims(), r.dims());
    if (sizes.hidden > (std::int64_t(1) << 40))
        return badInput("expected R of a hidden size below 2^40, found " + graph::dimsText(r.dims()));
    const std::int64_t rows = attributes.gates * sizes.hidden;
    TRY(expectDims(*context.input(1), {attributes.directions(), rows, sizes.input}, "W"));
    TRY(expectDims(r, {attributes.directions(), rows, sizes.hidden}, "R"));
    if (context.input(3) != nullptr)
        TRY(expectDims(*context.input(3), {attributes.directions(), 2 * rows}, "B"));
    for (std::size_t state : {std::size_t(5), std::size_t(6)})
        if (context.input(state) != nullptr)
            TRY(expectDims(*context.input(state), stateDims(attributes, sizes), "an initial state"));
    if (context.input(7) != nullptr)
        TRY(expectDims(*context.input(7), {attributes.directions(), 3 * sizes.hidden}, "P"));
    return sizes;
}

Result<std::vector<std::int64_t>> sequenceLengths(const graph::Tensor* lengths, const RecurrentSizes& sizes)
{
    if (lengths == nullptr)
        return std::vector<std::int64_t>(static_cast<std::size_t>(sizes.batch), sizes.steps);
    TRY(expectDims(*lengths, {sizes.batch}, "sequence_lens"));
    std::vector<std::int64_t> result = TRY(lengths->toInt64s());
    for (std::int64_t length : result)
        if (length < 0 || length > sizes.steps)
            return badInput(fmt::format("expected sequence_lens of 0 to {}, found {}", sizes.steps, length));
    return result;
}

Result<std::int64_t> workElements(const RecurrentSizes& sizes, std::int64_t gateRows)
{
    const auto perEntry = static_cast<double>(gateRows) * (static_cast<double>(sizes.steps) + 2) +
                          4 * static_cast<double>(sizes.hidden);
    if (perEntry * static_cast<double>(sizes.batch) > 1e15)
        return Error{ErrorCode::LimitReached, "the gates of all steps do not fit into memory", {}};
    return sizes.batch * (gateRows * (sizes.steps + 2) + 4 * sizes.hidden);
}

std::int64_t workBytes(const RecurrentAttributes& attributes, const RunSizes& sizes, std::size_t elementBytes)
{
    const Dims& x = sizes.inputs[0].dims;
    const Dims& r = sizes.inputs[2].dims;
    if (x.size() != 3 || r.size() != 3)
        return 0;
    const RecurrentSizes found = recurrentSizes(attributes, x, r);
    const auto elements = workElements(found, attributes.gates * found.hidden);
    return elements.ok() ? *elements * static_cast<std::int64_t>(elementBytes) : 0;
}

Dims stateDims(const RecurrentAttributes& attributes, const RecurrentSizes& sizes)
{
    if (attributes.layout == RecurrentLayout::BatchFirst)
        return {sizes.batch, attributes.directions(), sizes.hidden};
    return {attributes.directions(), sizes.batch, sizes.hidden};
}

Dims sequenceDims(const RecurrentAttributes& attributes, const RecurrentSizes& sizes)
{
    if (attributes.layout == RecurrentLayout::BatchFirst)
        return {sizes.batch, sizes.steps, attributes.directions(), sizes.hidden};
    return {sizes.steps, attributes.directions(), sizes.batch, sizes.hidden};
}

std::int64_t stateOffset(const RecurrentAttributes& attributes, const RecurrentSizes& sizes,
                         std::int64_t direction, std::int64_t entry)
{
    const bool batchFirst = attributes.layout == RecurrentLayout::BatchFirst;
    return (batchFirst ? entry * attributes.directions() + direction : direction * sizes.batch + entry) *
           sizes.hidden;
}

std::int64_t sequenceOffset(const RecurrentAttributes& attributes, const RecurrentSizes& sizes,
                            std::int64_t step, std::int64_t direction, std::int64_t entry)
{
    const std::int64_t directions = attributes.directions();
    const bool batchFirst = attributes.layout == RecurrentLayout::BatchFirst;
    return (batchFirst ? (entry * sizes.steps + step) * directions + direction
                       : (step * directions + direction) * sizes.batch + entry) *
           sizes.hidden;
}

Cost recurrentCost(const graph::Node& node, std::span<const TensorSize> inputs,
                   std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    if (inputs.size() < 3 || inputs[0].dims.size() != 3)
        return result;
    const double entries = static_cast<double>(inputs[0].dims[0]) * static_cast<double>(inputs[0].dims[1]);
    const double weights =
        static_cast<double>(inputs[1].elements()) + static_cast<double>(inputs[2].elements());
    result.flops = 2 * entries * weights;
    if (inputs[2].dims.size() == 3) // per gate: two additions and an activation
        result.flops +=
            3 * entries * static_cast<double>(inputs[2].dims[0]) * static_cast<double>(inputs[2].dims[1]);
    return result;
}

} // namespace orrery::ops
