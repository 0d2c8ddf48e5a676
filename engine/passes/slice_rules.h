#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Which operators treat slices along an axis apart: what each input of a node must be cut along, so that the
// node on the parts gives the parts of its output. An operator that is not in the table, or a shape that is
// not known where it matters, is a no. Private to engine/passes.

#include "engine/graph/graph.h"

#include <functional>
#include <optional>
#include <vector>

namespace orrery::passes {

using TypeOf = std::function<const graph::ValueType&(ValueId)>;

struct SliceQuestion {
    const graph::Graph& graph;
    const graph::Node& node;
    const TypeOf& typeOf;
    std::int64_t axis = 0; // of the node's output
};

constexpr std::int64_t wholeInput = -1;

// By input the axis to cut it along, or wholeInput; nullopt: not apart.
std::optional<std::vector<std::int64_t>> sliceAxes(const SliceQuestion& question);

// The one output; invalid when there are more.
ValueId soleOutput(const graph::Node& node);

// The known length of an axis; -1 when there is none.
std::int64_t lengthOf(const graph::ValueType& type, std::int64_t axis);

} // namespace orrery::passes
