#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The ONNX documentation of operators and their parameters as plain text for the property sheet.

#include "engine/formats/op_docs.h"
#include "views/document/document.h"

#include <optional>

namespace orrery::panels {

// What the standard says of the operator, in the model's operator set; of a fused one, what it says of its
// first part. Nothing for an operator that it does not know.
std::optional<formats::OpDoc> docOf(const document::Document& document, const graph::Node& node);

// The i-th parameter; the last one stands for all that follow when it is variadic. Null when there is none.
const formats::OpParameter* parameter(const std::vector<formats::OpParameter>& parameters, std::size_t i);
QString parameterName(const formats::OpParameter* parameter, std::size_t i, const std::string& fallback);
QString parameterTip(const formats::OpParameter* parameter);
QString attributeTip(const formats::OpAttributeDoc& attribute); // type, default, documentation

QString plainDoc(const std::string& markdown); // as running text
QString firstSentence(const QString& text);

} // namespace orrery::panels
