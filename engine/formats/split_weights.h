#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Large constants out of the model file, into one file beside it: what lies beyond protobuf's 2 GB, or what
// several models share. Written like a model file: beside its place first, flushed, then renamed.

#include "engine/graph/model.h"

#include <span>
#include <string>
#include <vector>

namespace orrery::formats {

struct SplitWeights {
    graph::Model model; // to be written to `modelPath` next; refers to the file of weights
    std::string dataPath;
    std::size_t tensors = 0;
    std::int64_t bytes = 0; // of the file of weights
};

// Initializers of at least `leastBytes`, in the order of the file; each begins at a multiple of 64 bytes. The
// file of weights is `modelPath` with ".data". Nothing is written when no initializer is that large.
Result<SplitWeights> splitWeights(const graph::Model& model, const std::string& modelPath,
                                  std::int64_t leastBytes);

// All of them back into the model, to be written as one file. Unsupported for bytes that were not read.
Result<graph::Model> joinWeights(const graph::Model& model);

struct WeightsFile {
    std::string path;
    std::vector<graph::ExternalData> places; // of each tensor
};
// The same for chosen tensors, whose bytes are there, into a file of its own that was not there before:
// `modelPath` with ".data", ".2.data" … No model refers to it yet, so that a crash leaves every model whole.
Result<WeightsFile> writeWeightsBeside(const std::string& modelPath, std::span<const graph::Tensor> tensors);

} // namespace orrery::formats
