#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// New models to begin with: an empty one, and small networks with weights that are drawn from a seed (He
// before a Relu, Glorot elsewhere, as their papers say; see the .cpp), so that they verify, run and give
// finite results at once. Plain data in, a model out.

#include "engine/graph/model.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::edit {

enum class Template : std::uint8_t { Empty, Mlp, Cnn, Transformer, Lstm };

struct TemplateOptions {
    Template kind = Template::Empty;
    std::string name = "model"; // of the graph
    std::int64_t opset = 17;    // of the transformer: at least 17
    std::uint64_t seed = 1;
    std::int64_t inputs = 64;                // features; channels of the CNN, width of the transformer
    std::int64_t size = 32;                  // height and width of the CNN's pictures
    std::vector<std::int64_t> hidden = {64}; // of each layer; of the transformer's feed-forward parts
    std::int64_t heads = 4;                  // of the transformer
    std::int64_t classes = 10;               // not of the transformer, which ends as wide as it began
};

// Good numbers to begin with.
TemplateOptions defaultsOf(Template kind);

// Usage that names the number that makes no sense; LimitReached for more than 2^28 weights.
Result<graph::Model> makeTemplate(const TemplateOptions& options);

// The IR version that the operator set came with.
std::int64_t irVersionOf(std::int64_t opset);

} // namespace orrery::edit
