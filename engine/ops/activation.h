#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The activation that a fused operator of the domain "orrery" applies to its result: its string attribute
// `activation` names the ONNX operator, its floats attribute `activation_params` holds that operator's
// parameters in the order of the comments below. Without the attribute there is none. Works in place on any
// piece of the result; NaN stays NaN.

#include "engine/base/result.h"
#include "engine/graph/graph.h"

#include <cstdint>

namespace orrery::ops {

struct Activation {
    enum class Kind {
        None,
        Relu,
        LeakyRelu, // alpha, default 0.01
        Clip,      // min, max: default the whole range
        Sigmoid,
        Tanh,
        HardSigmoid, // alpha, beta: default 0.2, 0.5
        HardSwish
    };
    Kind kind = Kind::None;
    float alpha = 0; // the first parameter
    float beta = 0;  // the second
};

// BadModel when the name is not one of the above or the parameters are more than it takes.
Result<Activation> parseActivation(const graph::Node& node);

void apply(const Activation& activation, float* data, std::int64_t n);
void apply(const Activation& activation, double* data, std::int64_t n);

} // namespace orrery::ops
