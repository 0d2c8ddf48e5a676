#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Edit: a change made while paused. It makes a new branch from the current position on; what was before stays
// as it is. Nodes that have run already can be changed, too: `rerun` then says what would have come out (see
// Debugger::rerun).

#include "engine/graph/attribute.h"
#include "engine/graph/tensor.h"

#include <string>
#include <variant>
#include <vector>

namespace orrery::debug {

// A live value, an input or a constant; type and dims may differ.
struct SetValue {
    ValueId value;
    graph::Tensor tensor;
};
struct SetAttribute {
    NodeId node;
    std::string name;
    graph::AttributeValue value; // monostate: removed, its default holds
};
// The same inputs and outputs.
struct ReplaceOperator {
    NodeId node;
    std::string opType;
    std::string domain;
    std::vector<graph::Attribute> attributes;
};
// The first output becomes the first input; the node stays in its place as an Identity.
struct Bypass {
    NodeId node;
};
// The next instruction is passed over once; its outputs become zeros of the type and shape that inference
// tells.
struct Skip {};

using Edit = std::variant<SetValue, SetAttribute, ReplaceOperator, Bypass, Skip>;

} // namespace orrery::debug
