#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Model files in and out. A format is a passive description with a sniffing function, a reader and a writer;
// readModel() picks one by content, writeModel() by name or file extension. Files are hostile: sizes are
// checked before memory is taken, external data stay inside the model's folder, and nothing here throws. What
// can still be shown is loaded with Problems (Model::loadProblems); what cannot is refused with BadFile,
// naming the field and byte. Writing goes to a temporary file beside the target, is flushed, then renamed.

#include "engine/graph/model.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::formats {

enum class ExternalTensors {
    Load,     // their bytes are read with the model
    Describe, // only where they are is kept; Tensor::bytes() is null
};

struct ReadLimits {
    std::int64_t fileBytes = (std::int64_t(1) << 31) - 1; // protobuf's own limit
    std::int64_t textBytes = std::int64_t(64) << 20;
    std::int64_t nodes = 5'000'000; // in all regions and functions
    std::int64_t attributes = 20'000'000;
    std::int64_t messages = 60'000'000; // of any kind
    std::int64_t regions = 10'000;
    std::int64_t functions = 10'000;
    int regionDepth = 64;
    int messageDepth = 220;
    std::int64_t rank = 1'000;
    ExternalTensors external = ExternalTensors::Load;
};

// What a reader gets: the file's bytes, which it may take, and where they came from.
struct ReadRequest {
    std::string path; // empty: not from a file, so there is no folder for external data
    std::string bytes;
    ReadLimits limits;
};

struct FormatSpec {
    std::string name;                    // "onnx"
    std::string title;                   // "ONNX model"
    std::vector<std::string> extensions; // ".onnx", in lower case
    // Whether the first bytes (up to 4 KiB) look like this format; the file name may decide when they do not.
    std::function<bool(std::string_view firstBytes, std::string_view fileName)> sniff;
    std::function<Result<graph::Model>(ReadRequest)> read;
    // Appends to the problems what the format cannot hold.
    std::function<Result<void>(const graph::Model&, const std::string& path, std::vector<Problem>&)> write;
};

std::vector<FormatSpec> formats();

// loadProblems holds what only the reader can know; graph::verify() finds what can be seen in the Model
// itself (missing inputs, cycles, unsorted nodes, duplicate names, missing imports …).
Result<graph::Model> readModel(const std::string& path, const ReadLimits& limits = {});

// The format is that of the name, else that of the path's extension, else the one the model was read in.
// problems, when given, gets what the format cannot hold and was left out.
Result<void> writeModel(const graph::Model& model, const std::string& path, std::string_view formatName = {},
                        std::vector<Problem>* problems = nullptr);

} // namespace orrery::formats
