#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Edit: a change made while paused. It makes a new branch from the current position on; what was before stays
// as it is. What has had its effect already can be changed, too: a node that has run, an input or a constant
// whose readers have. The branch then begins just before the first of their last runs, and the session goes
// there; `rerun` says what comes out (see Debugger::rerun).

#include "engine/graph/attribute.h"
#include "engine/graph/tensor.h"

#include <string>
#include <variant>
#include <vector>

namespace orrery::debug {

// A live value, an input or a constant; dims may differ, the element type is that its readers were made for.
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
