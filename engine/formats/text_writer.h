#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ModelProto → ONNX text, as text_parser reads it. Tensors of up to 32 elements (or as many as asked for) are
// written where they stand; larger ones go to one binary file beside the text. What text cannot carry is
// listed, never dropped silently.

#include "engine/formats/onnx_proto.h"
#include "engine/graph/model.h"

#include <string>

namespace orrery::formats {

struct WrittenText {
    std::string text;
    std::string data;              // content of the binary file; empty when none is needed
    std::vector<Problem> problems; // "not-in-text"
};

// dataName: the binary file's name, as the text will refer to it. Unsupported when a node's meaning cannot be
// written (sparse tensors, type attributes).
Result<WrittenText> textFromProto(const onnx::ModelProto& model, const std::string& dataName,
                                  std::int64_t inlineElements = 32);

// Whether the elements are written where the tensor stands.
bool fitsInline(const graph::Tensor& tensor, std::int64_t inlineElements);

} // namespace orrery::formats
