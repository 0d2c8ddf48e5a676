#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// |x|^p and its root, for the operators with a p-norm; the usual p (1 and 2) without calls to pow.

#include "engine/ops/infer_context.h"

#include <cmath>

namespace orrery::ops {

// The node's p, an integer or (in old versions) a float, by default 2; BadModel unless it is above zero.
inline Result<double> parseP(const graph::Node& node)
{
    const graph::Attribute* attribute = node.attribute("p");
    double p = 2;
    if (attribute != nullptr && std::holds_alternative<float>(attribute->value))
        p = static_cast<double>(node.floatAttribute("p", 2));
    else
        p = static_cast<double>(node.intAttribute("p", 2));
    if (!(p > 0) || std::isinf(p))
        return badInput("expected p above 0, found " + std::to_string(p));
    return p;
}

// Calls body(power) with power(x) = |x|^p.
template<class T, class F>
void withPower(double p, F&& body)
{
    if (p == 1)
        body([](T x) { return std::abs(x); });
    else if (p == 2)
        body([](T x) { return x * x; });
    else
        body([p](T x) { return static_cast<T>(std::pow(static_cast<double>(std::abs(x)), p)); });
}

template<class T>
T rootOf(T sum, double p)
{
    return p == 1 ? sum : p == 2 ? std::sqrt(sum) : static_cast<T>(std::pow(static_cast<double>(sum), 1 / p));
}

} // namespace orrery::ops
