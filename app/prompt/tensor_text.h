#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tensors for people, as NumPy prints them: nested brackets, columns aligned, the middle of what is large
// elided as "..."; and for programs: {"dtype", "shape", "data", "elided"} with the elements flat.

#include "engine/debug/tensor_difference.h"
#include "engine/graph/tensor.h"

#include <nlohmann/json.hpp>

#include <string>

namespace orrery::prompt {

std::string typeText(const graph::Tensor& tensor);              // "float 1×3×224×224"
std::string valuesText(const graph::Tensor& tensor);            // over several lines
std::string shortText(const graph::Tensor& tensor, int values); // "[0.1, 0.25, …]" on one line
nlohmann::json tensorJson(const graph::Tensor& tensor);

// NaN and infinities, which JSON has no numbers for, as "NaN", "Infinity", "-Infinity".
nlohmann::json numberJson(double number);

// "[0, 2, 17, 5]" of a flat index.
std::string indexText(const graph::Dims& dims, std::int64_t flat);

// Shape, type, extremes, moments, counts, and a histogram with bars.
std::string statisticsText(const graph::Tensor& tensor);
nlohmann::json statisticsJson(const graph::Tensor& tensor);
nlohmann::json differenceJson(const debug::TensorDifference& difference, const graph::Dims& dims);

} // namespace orrery::prompt
