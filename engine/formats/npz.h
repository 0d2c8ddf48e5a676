#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tensors by name in one file: NumPy's .npz, a ZIP archive of .npy files. Stored and deflated entries are
// read, nothing is ever extracted to a path: names are data. Counts and sizes are checked before memory is
// taken, and what unpacks to far more than the file could honestly hold is refused.

#include "engine/graph/tensor.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace orrery::formats {

struct NpzLimits {
    std::int64_t fileBytes = std::int64_t(1) << 34;
    std::int64_t entries = 100'000;
    std::int64_t unpackedBytes = std::int64_t(1) << 34; // of all entries together …
    std::int64_t freeBytes = std::int64_t(64) << 20;    // … and beyond this many no more than `ratio` times
    std::int64_t ratio = 100;                           // the file
};

// The names are those of the entries without ".npy". BadFile, Unsupported or LimitReached naming the entry.
Result<std::map<std::string, graph::Tensor>> readNpz(const std::string& path, const NpzLimits& limits = {});
Result<std::map<std::string, graph::Tensor>> tensorsFromNpz(std::string_view bytes,
                                                            const NpzLimits& limits = {});

// Stored, as numpy.savez does. Unsupported, naming the tensor, for element types that NumPy does not have.
Result<void> writeNpz(const std::map<std::string, graph::Tensor>& tensors, const std::string& path);

} // namespace orrery::formats
