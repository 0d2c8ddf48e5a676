#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What an operator's type and shape inference sees: its node, what is known of its inputs (types, symbolic
// shapes, constants, integer tensors whose elements are dims), and where it puts what follows for its
// outputs. Errors name what was expected and found; the caller adds the node.

#include "engine/base/result.h"
#include "engine/graph/graph.h"

#include <optional>
#include <span>
#include <vector>

namespace orrery::ops {

class InferContext {
public:
    virtual ~InferContext() = default;

    virtual const graph::Node& node() const = 0;
    virtual std::int64_t opsetVersion() const = 0; // of the node's domain, as the model imports it

    std::size_t inputCount() const { return node().inputs.size(); }
    std::size_t outputCount() const { return node().outputs.size(); }
    bool hasInput(std::size_t i) const { return i < node().inputs.size() && node().inputs[i].valid(); }
    bool hasOutput(std::size_t i) const { return i < node().outputs.size() && node().outputs[i].valid(); }

    // Null when the input is absent or nothing is known of it.
    virtual const graph::ValueType* inputType(std::size_t i) const = 0;
    // The tensor when it is a constant with loaded bytes; else null.
    virtual const graph::Tensor* inputConstant(std::size_t i) const = 0;
    // The elements of an integer tensor of rank 0 or 1 as dims (known, symbolic, unknown); nullopt when its
    // length is not known. An element below zero, such as the -1 of a Reshape, reads as unknown: ask
    // inputInts() where the sign matters.
    virtual std::optional<std::vector<graph::Dim>> inputShapeValue(std::size_t i) const = 0;

    virtual void setOutput(std::size_t i, graph::ValueType type) = 0;
    // Says that output i is an integer tensor with these elements.
    virtual void setOutputShapeValue(std::size_t i, std::vector<graph::Dim> elements) = 0;

    // Infers the body held by the node's graph attribute with these input types; returns its outputs' types.
    virtual Result<std::vector<graph::ValueType>> inferRegion(RegionId region,
                                                              std::span<const graph::ValueType> inputs) = 0;

    // Conveniences over the above.
    graph::DataType inputElement(std::size_t i) const;   // Undefined when not known
    const graph::Shape* inputShape(std::size_t i) const; // null when not known
    std::optional<std::vector<std::int64_t>>
    inputInts(std::size_t i) const; // of a constant integer tensor, any sign
    void setTensor(std::size_t i, graph::DataType element, std::optional<graph::Shape> shape);
    void setSameAsInput(std::size_t output, std::size_t input); // type and shape
};

// Broadcast of two shapes by ONNX's (NumPy's) multidirectional rule; nullopt where a rank is not known. A
// symbolic dim against 1 stays symbolic; against a known dim other than 1 becomes that; two different symbols
// give unknown. BadModel when two known dims clash.
Result<std::optional<graph::Shape>> broadcastShapes(const graph::Shape* a, const graph::Shape* b);

// Axis in [-rank, rank) made non-negative; BadModel naming the axis when out of range.
Result<std::int64_t> normalizeAxis(std::int64_t axis, std::size_t rank);

Error badInput(std::string message); // BadModel

} // namespace orrery::ops
