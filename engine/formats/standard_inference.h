#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the ONNX library's own inference function for one operator says of a node, asked as other programs ask
// it: with the types of its inputs, its attributes, small constants, and the types that its bodies give. Only
// for nodes that hold up to every other check, since the library trusts what it is given. Private to
// engine/formats.

#include "engine/graph/model.h"

#include <onnx/defs/schema.h>

#include <string>
#include <vector>

namespace orrery::formats {

struct StandardAnswer {
    std::string refusal;                   // in the library's words; empty: none
    std::vector<graph::ValueType> outputs; // Unknown where it does not say
};

// types: by ValueId.
StandardAnswer askStandard(const graph::Graph& graph, const graph::Node& node, const onnx::OpSchema& schema,
                           const std::vector<graph::ValueType>& types);

} // namespace orrery::formats
