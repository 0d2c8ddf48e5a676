// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/activation.h"

#include "engine/base/text.h"
#include "engine/ops/math/vector_math.h"

#include <fmt/format.h>

#include <limits>
#include <span>
#include <string_view>

namespace orrery::ops {
namespace {

struct Choice {
    std::string_view name;
    Activation activation; // with the default parameters
    std::size_t parameters = 0;
};

std::span<const Choice> choices()
{
    using Kind = Activation::Kind;
    static constexpr float infinity = std::numeric_limits<float>::infinity();
    static constexpr Choice all[] = {
        {"Relu", {Kind::Relu, 0, 0}, 0},
        {"LeakyRelu", {Kind::LeakyRelu, 0.01F, 0}, 1},
        {"Clip", {Kind::Clip, -infinity, infinity}, 2},
        {"Sigmoid", {Kind::Sigmoid, 0, 0}, 0},
        {"Tanh", {Kind::Tanh, 0, 0}, 0},
        {"HardSigmoid", {Kind::HardSigmoid, 0.2F, 0.5F}, 2},
        {"HardSwish", {Kind::HardSwish, 0, 0}, 0},
    };
    return all;
}

template<class T, class F>
void each(T* data, std::int64_t n, F&& function)
{
    for (std::int64_t i = 0; i < n; ++i)
        data[i] = function(data[i]);
}

// The comparisons are written so that NaN, which compares false, passes through.
template<class T>
T clamp(T x, T low, T high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

template<class T>
void applyTyped(const Activation& activation, T* data, std::int64_t n)
{
    const T a = activation.alpha;
    const T b = activation.beta;
    switch (activation.kind) {
    case Activation::Kind::None:
        break;
    case Activation::Kind::Relu:
        each(data, n, [](T x) { return x < T(0) ? T(0) : x; });
        break;
    case Activation::Kind::LeakyRelu:
        each(data, n, [a](T x) { return x < T(0) ? a * x : x; });
        break;
    case Activation::Kind::Clip:
        each(data, n, [a, b](T x) { return clamp(x, a, b); });
        break;
    case Activation::Kind::Sigmoid:
        each(data, n, [](T x) { return vec::sigmoid(x); });
        break;
    case Activation::Kind::Tanh:
        each(data, n, [](T x) { return vec::tanh(x); });
        break;
    case Activation::Kind::HardSigmoid:
        each(data, n, [a, b](T x) { return clamp(a * x + b, T(0), T(1)); });
        break;
    case Activation::Kind::HardSwish:
        each(data, n, [](T x) { return x * clamp(x * T(1.0 / 6.0) + T(0.5), T(0), T(1)); });
        break;
    }
}

} // namespace

Result<Activation> parseActivation(const graph::Node& node)
{
    std::string wanted = node.stringAttribute("activation", "");
    if (wanted.empty())
        return Activation();
    for (const Choice& choice : choices()) {
        if (choice.name != wanted)
            continue;
        std::vector<float> parameters = node.floatsAttribute("activation_params");
        if (parameters.size() > choice.parameters)
            return Error{ErrorCode::BadModel,
                         fmt::format("activation {} takes {} parameters, activation_params has {}", wanted,
                                     choice.parameters, parameters.size()),
                         {}};
        Activation result = choice.activation;
        if (!parameters.empty())
            result.alpha = parameters[0];
        if (parameters.size() > 1)
            result.beta = parameters[1];
        return result;
    }
    return Error{
        ErrorCode::BadModel, "activation \"" + displayText(wanted, 100) + "\" is not a known activation", {}};
}

void apply(const Activation& activation, float* data, std::int64_t n) { applyTyped(activation, data, n); }
void apply(const Activation& activation, double* data, std::int64_t n) { applyTyped(activation, data, n); }

} // namespace orrery::ops
