#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ONNX text in memory: what goes to and comes from the clipboard and the text pane. No files: tensors that
// have no written form, or have more elements than asked for, are an error on writing, so whoever writes
// leaves them out first (hasTextForm). Reading takes a whole model, a graph without a header, or a list of
// nodes alone; its errors name the line and column. Any thread.

#include "engine/formats/format.h"

#include <optional>

namespace orrery::formats {

struct TextOptions {
    std::int64_t inlineElements = 32; // of one tensor
};

// Whether the tensor's elements can be written where they stand.
bool hasTextForm(const graph::Tensor& tensor, std::int64_t inlineElements);

// problems, when given, gets what text cannot hold and was left out.
Result<std::string> textOf(const graph::Model& model, const TextOptions& options = {},
                           std::vector<Problem>* problems = nullptr);

struct TextModel {
    graph::Model model;
    // Where each node of the main graph and its bodies begins in the text, a node before those of its bodies.
    std::vector<std::size_t> nodeOffsets;
};
Result<TextModel> modelFromText(std::string_view text, const ReadLimits& limits = {});

// Line and column, from 1, of an error's place ("line 3, column 14"); nothing when it names none.
struct TextPlace {
    int line = 0, column = 0;
};
std::optional<TextPlace> placeInText(const Error& error);

} // namespace orrery::formats
