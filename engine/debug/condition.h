#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Condition: a question about what a node has just done, as in `nan`, `abs > 100`, `mean < -1`, `zeros > 0.9`
// (share of elements), `dim = 0`, `shape changes`, `time > 2 ms`, `time > p95`, `bytes > 1e6`, or
// `difference > 1e-3` (largest absolute error against the reference tensor of the same name). A node has the
// answer "yes" when one of its outputs has. Statistics leave NaN and infinite elements out; integer and bool
// tensors count as numbers, string tensors never answer yes.

#include "engine/base/result.h"
#include "engine/graph/tensor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace orrery::debug {

enum class Quantity : std::uint8_t {
    Nan,
    Inf,
    Abs, // of any element, infinities included
    Min,
    Max,
    Mean,
    Std,
    Zeros,
    EmptyDim,
    ShapeChange,  // against the last time that the node ran
    Time,         // of the node, ns
    TimeAboveP95, // of this node's durations in earlier runs
    Bytes,        // of one output
    Difference,
};

enum class Comparison : std::uint8_t { Less, LessOrEqual, Greater, GreaterOrEqual, Equal };

struct Condition {
    Quantity quantity = Quantity::Nan;
    Comparison comparison = Comparison::Greater; // where the quantity is a number
    double threshold = 0;                        // times in ns

    friend bool operator==(const Condition&, const Condition&) = default;
};

// Usage error that says what is allowed.
Result<Condition> parseCondition(std::string_view text);
std::string text(const Condition& condition); // parses to the same

// What is known about a node that has just run. A null pointer: an omitted output, or not known.
struct Evidence {
    std::span<const graph::Tensor* const> outputs;
    std::int64_t durationNs = -1;             // -1: not measured (nothing is said of times then)
    std::int64_t p95Ns = -1;                  // of earlier runs; -1: there were none
    std::span<const graph::Dims> earlierDims; // by output, of the last time; empty: it has not run before
    std::span<const graph::Tensor* const> references; // by output
};

// Why the answer is yes.
struct Finding {
    std::size_t output = 0;
    std::int64_t element = -1; // flat index, where one element decides
    std::string sentence;      // "3 of 150528 elements are NaN, the first at [0, 2, 17, 5]"
};

std::optional<Finding> evaluate(const Condition& condition, const Evidence& evidence);

} // namespace orrery::debug
