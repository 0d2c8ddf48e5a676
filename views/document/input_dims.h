#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The dims of a model's inputs that can be given other numbers: symbolic ones by their name, each once, the
// rest as "input:axis". Also the text in which many numbers are asked for. Pure functions.

#include "engine/graph/graph.h"

#include <string>
#include <string_view>
#include <vector>

namespace orrery::document {

struct InputDim {
    std::string name;  // as plan::DimValues has it: "batch", "x:0"
    std::string input; // the first that has it
    std::size_t axis = 0;
    std::int64_t fixed = -1; // its number in the file; -1: open
    std::int64_t guess = 1;  // a number to begin with
    std::string range;       // to begin with, as parseNumbers() reads it
};

// Of the inputs that are fed; open ones first, as they come in the file.
std::vector<InputDim> inputDims(const graph::Graph& graph);

// "x is 1×3×32×32, mask is 1×8"; not escaped.
std::string inputShapesText(const graph::Graph& graph);

// "1,2,4..64": numbers, and A..B, which doubles A until B, B included. Sorted, each once. Usage for what is
// neither, and for more than a thousand.
Result<std::vector<std::int64_t>> parseNumbers(std::string_view text);

} // namespace orrery::document
