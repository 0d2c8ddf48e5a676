#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How the tensor operators read their arguments: integers that old opsets give as an attribute and newer ones
// as an input, axes that may be negative, shape values that flow through Shape, Gather, Concat and the like.
// Included by engine/ops/tensor and engine/ops/control alone.

#include "engine/ops/op_spec.h"
#include "engine/ops/strided.h"

namespace orrery::ops {

// The newest opset that the operators of this folder were compared with.
inline constexpr int newestOpset = 24;

// A list of integers: attribute `attribute` before opset `inputSince`, input `input` from then on.
class IntsArgument {
public:
    IntsArgument(const graph::Node& node, std::int64_t opsetVersion, std::string_view attribute,
                 std::size_t input, int inputSince);

    bool given() const { return m_given; }
    // nullopt when it is an input that is not known yet.
    std::optional<std::vector<std::int64_t>> inferred(const InferContext& context) const;
    // The same where an unknown or negative element alone is an unknown dim.
    std::optional<std::vector<graph::Dim>> inferredDims(const InferContext& context) const;
    Result<std::vector<std::int64_t>> value(KernelContext& context) const;

private:
    bool m_given = false;
    bool m_isInput = false;
    std::size_t m_input = 0;
    std::vector<std::int64_t> m_values;
};

// Elements of input i as dims; those of a constant that are negative are unknown. nullopt when the length is
// not known, or the input is no integer tensor of rank 0 or 1.
std::optional<std::vector<graph::Dim>> elementsOf(const InferContext& context, std::size_t i);
// The numbers of elementsOf when all are known, or of a constant with any sign.
std::optional<std::vector<std::int64_t>> knownInts(const InferContext& context, std::size_t i);
// Whether the input can hold shape values: an integer tensor of rank 0 or 1.
bool mayHoldShapeValue(const InferContext& context, std::size_t i);
// Passes the shape value of input 0 on to output 0 when both are of rank 0 or 1.
void passShapeValue(InferContext& context, const std::optional<graph::Shape>& outputShape);

// RunFailed when a required input is missing.
Result<const graph::Tensor*> requiredInput(KernelContext& context, std::size_t i);
// The elements of a required integer input.
Result<std::vector<std::int64_t>> inputInts(KernelContext& context, std::size_t i);
// The one element of a required integer input.
Result<std::int64_t> inputInt(KernelContext& context, std::size_t i);

// Non-negative axes, in the order given; BadModel for one out of range or given twice.
Result<std::vector<std::int64_t>> normalizeAxes(std::span<const std::int64_t> axes, std::size_t rank);
// A possibly negative index made an offset on an axis of this length; RunFailed naming both when it is not in
// [-length, length).
Result<std::int64_t> normalizeIndex(std::int64_t index, std::int64_t length, std::int64_t axis);

// Input 0 under other dims of equal element count: copies nothing when output and input share their bytes.
Result<void> copyReshaped(KernelContext& context, const graph::Tensor& input,
                          std::span<const std::int64_t> dims);

std::int64_t productOf(std::span<const std::int64_t> dims); // of dims of an existing tensor
// dims[begin, end).
graph::Dims dimsBetween(const graph::Dims& dims, std::size_t begin, std::size_t end);

// Of an operator that reads as much as it writes; no arithmetic.
Cost movedCost(const graph::Node&, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs);
// Of a view: nothing needs to move.
Cost viewCost(const graph::Node&, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs);

std::string listText(std::span<const std::int64_t> values); // "[2, 3]"

Error runError(std::string message); // RunFailed

} // namespace orrery::ops
