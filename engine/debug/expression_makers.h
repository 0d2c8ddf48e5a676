#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The functions of expressions that make a tensor from numbers: zeros, ones, full, random, normal, uniform,
// he, glorot (each with dims at the end) and arange. The first numbers are the function's parameters, which
// may be given by name instead; what follows are dims. Without dims it is the shape that is wanted, else a
// scalar.

#include "engine/graph/tensor.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::debug {

bool isMaker(std::string_view name);

struct MakerCall {
    std::string_view name;
    std::vector<double> numbers;
    std::map<std::string, double> named;
};

struct Maker {
    graph::DataType type = graph::DataType::Float32;
    graph::Dims dims;
    std::vector<double> parameters; // all of them, defaults filled in
};

// Usage without a column: the caller knows where the call stands.
Result<Maker> makerOf(const MakerCall& call, const std::optional<graph::Dims>& wanted);
// `tensor` has the maker's type and dims, and zeros.
void fill(std::string_view name, const Maker& maker, graph::Tensor& tensor);

} // namespace orrery::debug
