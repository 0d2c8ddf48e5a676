#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Attribute: a named constant of a node. The alternatives of AttributeValue are those of ONNX's
// AttributeProto; graphs are regions of the Graph that owns the node. What this program does not model
// (sparse tensors, type protos) is kept as bytes.

#include "engine/base/ids.h"
#include "engine/graph/tensor.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace orrery::graph {

// An attribute kind that is carried, not understood: its ONNX AttributeType number and the serialized
// AttributeProto.
struct OpaqueAttribute {
    int onnxType = 0;
    std::string bytes;

    friend bool operator==(const OpaqueAttribute&, const OpaqueAttribute&) = default;
};

using AttributeValue = std::variant<std::monostate, std::int64_t, float, std::string, Tensor, RegionId,
                                    std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>,
                                    std::vector<Tensor>, std::vector<RegionId>, OpaqueAttribute>;

struct Attribute {
    std::string name;
    AttributeValue value;
    std::string reference; // in a function body: the function's attribute that this one stands for
    std::string doc;
    std::string extra; // serialized AttributeProto fields that are not modelled

    // "[3, 3]", "1", "\"SAME_UPPER\"", "float tensor 3×3"; elided beyond maxBytes.
    std::string text(std::size_t maxBytes = 80) const;
};

} // namespace orrery::graph
