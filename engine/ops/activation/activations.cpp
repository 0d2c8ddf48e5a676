// SPDX-License-Identifier: Apache-2.0
//
// Activations of one tensor: one table. Comparisons are written so that NaN, which compares false, passes.
#include "engine/ops/math/elementwise.h"

#include <cmath>
#include <numbers>

namespace orrery::ops {
namespace {

template<class T>
T unitClamp(T x)
{
    x = x < T(0) ? T(0) : x;
    return x > T(1) ? T(1) : x;
}

constexpr auto relu = [](auto x, auto, auto) { return x < decltype(x)(0) ? decltype(x)(0) : x; };
constexpr auto leakyRelu = [](auto x, auto alpha, auto) { return x < 0 ? alpha * x : x; };
constexpr auto thresholdedRelu = [](auto x, auto alpha, auto) { return x <= alpha ? decltype(x)(0) : x; };
constexpr auto elu = [](auto x, auto alpha, auto) { return x < 0 ? alpha * vec::expm1(x) : x; };
constexpr auto selu = [](auto x, auto alpha, auto gamma) {
    return gamma * (x < 0 ? alpha * vec::expm1(x) : x);
};
constexpr auto celu = [](auto x, auto alpha, auto) { return x < 0 ? alpha * vec::expm1(x / alpha) : x; };
constexpr auto hardSigmoid = [](auto x, auto alpha, auto beta) { return unitClamp(alpha * x + beta); };
constexpr auto hardSwish = [](auto x, auto, auto) {
    using T = decltype(x);
    return x * unitClamp(x * T(1.0 / 6.0) + T(0.5));
};
constexpr auto sigmoid = [](auto x, auto, auto) { return vec::sigmoid(x); };
constexpr auto hyperbolicTangent = [](auto x, auto, auto) { return vec::tanh(x); };
constexpr auto softplusOf = [](auto x, auto, auto) { return vec::softplus(x); };
constexpr auto softsign = [](auto x, auto, auto) { return x / (decltype(x)(1) + std::fabs(x)); };
constexpr auto swish = [](auto x, auto alpha, auto) { return x * vec::sigmoid(alpha * x); };
// x tanh(log(1 + n)), n = exp(x), is x (n^2 + 2n) / (n^2 + 2n + 2); from 20 on the factor is 1.
constexpr auto mish = [](auto x, auto, auto) {
    using T = decltype(x);
    T n = vec::exp(x > T(20) ? T(20) : x);
    T m = n * (n + T(2));
    return x * (m / (m + T(2)));
};
constexpr auto shrink = [](auto x, auto lambda, auto bias) {
    using T = decltype(x);
    T outer = x > lambda ? static_cast<T>(x - bias) : T(0);
    outer = x < -lambda ? static_cast<T>(x + bias) : outer;
    return x == x ? outer : x;
};
constexpr auto gelu = [](auto x, auto, auto) {
    using T = decltype(x);
    return T(0.5) * x * (T(1) + vec::erf(x * T(1.0 / std::numbers::sqrt2)));
};
constexpr auto geluByTanh = [](auto x, auto, auto) {
    using T = decltype(x);
    T inner = T(0.79788456080286536) * (x + T(0.044715) * x * x * x); // sqrt(2 / pi)
    return T(0.5) * x * (T(1) + vec::tanh(inner));
};

// A kernel whose parameters `read` takes from the node.
template<auto function, auto read, class Types = FloatTypes>
Result<KernelPtr> makeWith(const KernelInfo& info)
{
    return unaryKernel(info, &unaryRows<function, Types>, read(info.node));
}

using graph::Node;
constexpr auto leakyDefaults = [](const Node& n) { return Parameters{n.floatAttribute("alpha", 0.01F), 0}; };
constexpr auto alphaOne = [](const Node& n) { return Parameters{n.floatAttribute("alpha", 1), 0}; };
constexpr auto hardSigmoidDefaults = [](const Node& n) {
    return Parameters{n.floatAttribute("alpha", 0.2F), n.floatAttribute("beta", 0.5F)};
};
constexpr auto seluDefaults = [](const Node& n) {
    return Parameters{n.floatAttribute("alpha", 1.67326319217681884765625F),
                      n.floatAttribute("gamma", 1.05070102214813232421875F)};
};
constexpr auto shrinkDefaults = [](const Node& n) {
    return Parameters{n.floatAttribute("lambd", 0.5F), n.floatAttribute("bias", 0)};
};

Result<KernelPtr> makeGelu(const KernelInfo& info)
{
    std::string approximate = info.node.stringAttribute("approximate", "none");
    if (approximate == "none")
        return unaryKernel(info, &unaryRows<gelu, FloatTypes>);
    if (approximate == "tanh")
        return unaryKernel(info, &unaryRows<geluByTanh, FloatTypes>);
    return badInput("attribute approximate: expected \"none\" or \"tanh\", found \"" + approximate + "\"");
}

} // namespace

OpList activations()
{
    constexpr OpCategory kind = OpCategory::Activation;
    return {
        unarySpec("Relu", kind, 1, "max(x, 0). Relu-1, Relu-6, Relu-13, Relu-14.",
                  makeUnary<relu, SignedTypes>),
        unarySpec("LeakyRelu", kind, 1, "x, or alpha x below zero. LeakyRelu-1, LeakyRelu-6, LeakyRelu-16.",
                  makeWith<leakyRelu, leakyDefaults>),
        unarySpec("ThresholdedRelu", kind, 10,
                  "x above alpha, else 0. ThresholdedRelu-10, ThresholdedRelu-22.",
                  makeWith<thresholdedRelu, alphaOne>),
        unarySpec("Elu", kind, 1, "x, or alpha (exp(x) - 1) below zero. Elu-1, Elu-6, Elu-22.",
                  makeWith<elu, alphaOne>),
        unarySpec("Selu", kind, 6,
                  "gamma times x, or gamma alpha (exp(x) - 1) below zero. Selu-6, Selu-22 (Selu-1 has other "
                  "defaults).",
                  makeWith<selu, seluDefaults>),
        unarySpec("Celu", kind, 12, "max(0, x) + min(0, alpha (exp(x / alpha) - 1)). Celu-12.",
                  makeWith<celu, alphaOne>),
        unarySpec("HardSigmoid", kind, 1,
                  "max(0, min(1, alpha x + beta)). HardSigmoid-1, HardSigmoid-6, HardSigmoid-22.",
                  makeWith<hardSigmoid, hardSigmoidDefaults>),
        unarySpec("HardSwish", kind, 14, "x max(0, min(1, x / 6 + 0.5)). HardSwish-14, HardSwish-22.",
                  makeUnary<hardSwish, FloatTypes>),
        unarySpec("Sigmoid", kind, 1, "1 / (1 + exp(-x)). Sigmoid-1, Sigmoid-6, Sigmoid-13.",
                  makeUnary<sigmoid, FloatTypes>),
        unarySpec("Tanh", kind, 1, "The hyperbolic tangent. Tanh-1, Tanh-6, Tanh-13.",
                  makeUnary<hyperbolicTangent, FloatTypes>),
        unarySpec("Gelu", kind, 20,
                  "x times the normal distribution's cumulative function, or its tanh form. Gelu-20.",
                  makeGelu),
        unarySpec("Softplus", kind, 1, "log(1 + exp(x)). Softplus-1, Softplus-22.",
                  makeUnary<softplusOf, FloatTypes>),
        unarySpec("Softsign", kind, 1, "x / (1 + |x|). Softsign-1, Softsign-22.",
                  makeUnary<softsign, FloatTypes>),
        unarySpec("Mish", kind, 18, "x tanh(softplus(x)). Mish-18, Mish-22.", makeUnary<mish, FloatTypes>),
        unarySpec("Swish", kind, 24, "x sigmoid(alpha x). Swish-24.", makeWith<swish, alphaOne>),
        unarySpec("Shrink", kind, 9, "x drawn towards zero by bias, 0 within lambd. Shrink-9.",
                  makeWith<shrink, shrinkDefaults, SignedTypes>),
    };
}

} // namespace orrery::ops
