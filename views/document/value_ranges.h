#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ValueRanges: how large and how small the numbers get that a model computes with, value by value, from one
// run of the model as it is, not optimised, on the inputs that measuring uses. Says which nodes would leave
// the range of a narrower type. Values in bodies and in functions are not looked at, and are told as a count.

#include "engine/graph/model.h"
#include "profiler/protocol/command.h"

#include <QString>

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace orrery::document {

struct ValueRange {
    double largest = 0; // |x| of the finite elements
    std::int64_t nans = 0, infinities = 0;
};

struct ValueRanges {
    std::unordered_map<std::string, ValueRange> values; // by name; of floating point only
    std::size_t notCaptured = 0; // results of the main graph that hold no tensor when their node is done
    std::size_t nodesWithin = 0; // in bodies of control flow, not looked at
};

struct RangeOptions {
    int threads = 1;
    std::vector<std::string> customOps;
    std::vector<protocol::InputFile> inputs;
    std::map<std::string, graph::Dims> inputShapes;
    double timeLimitSeconds = -1; // of one node
};

// Any thread; blocks for as long as the model takes, and some microseconds for each node.
Result<ValueRanges> rangesOf(const graph::Model& model, const RangeOptions& options,
                             const std::stop_token& stop, const std::function<void(int percent)>& tell);

// What a type of 16 bits holds: `half` of it is left as a margin for other inputs.
struct NarrowRange {
    double largest = 0;  // finite
    double smallest = 0; // normal
};
inline constexpr NarrowRange float16Range{65504, 6.103515625e-05};
inline constexpr NarrowRange bfloat16Range{3.3895313892515355e38, 1.1754943508222875e-38};

// Nodes of the main graph that read or make a value with a NaN, an infinity, a number beyond half of the
// largest, or nothing but numbers (other than 0) below the smallest.
std::set<NodeId> nodesBeyond(const graph::Graph& graph, const ValueRanges& ranges, const NarrowRange& type);

} // namespace orrery::document
