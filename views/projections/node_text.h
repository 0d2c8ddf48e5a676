#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The words on a node: short lines for its key attributes and constant inputs, and a longer tool tip. All of
// it went through displayText() and is fit to be shown.

#include "engine/graph/graph.h"

#include <string>
#include <vector>

namespace orrery::projections {

// "Conv", and "Conv + Relu" for an operator that was fused with its activation.
std::string nodeTitle(const graph::Node& node);

// "kernel 3×3, stride 2"; at most three lines, the graph attributes left out.
std::vector<std::string> attributeLines(const graph::Node& node);

// "W ⟨64×3×3×3⟩" for a weight, "shape = [1, -1]" for a small constant; empty when the input is no constant.
std::string constantLine(const graph::Graph& graph, const graph::Node& node, std::size_t input);

// The constant tensor behind a value: an initializer, or the output of a Constant node; null when it is none.
const graph::Tensor* constantOf(const graph::Graph& graph, ValueId value);

// The name of an operator's input in the ONNX specification: "W", "scale"; "input 3" where it is not known.
std::string inputName(const graph::Node& node, std::size_t input);
std::string outputName(const graph::Node& node, std::size_t output);

// "1×64×56×56", with the element type in front unless it is float; empty when nothing is known. Dimensions
// whose expression is long are "…"; the property panel shows them in full.
std::string typeLabel(const graph::ValueType& type);
std::string shortShape(const graph::Shape& shape);

// "[1, -1]", "0.5"; empty when there are more than `limit` elements or the bytes are not there.
std::string smallTensorText(const graph::Tensor& tensor, std::size_t limit);

std::string nodeToolTip(const graph::Graph& graph, const graph::Node& node);

// "/backbone/stage1" of "/backbone/stage1/conv/Conv"; empty for a name without scopes.
std::string scopeOf(const std::string& nodeName);

} // namespace orrery::projections
