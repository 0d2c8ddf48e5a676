#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Writing an edited model, on any thread: into its own folder with external data where they are, elsewhere
// with all bytes inside.

#include "engine/edit/journal.h"
#include "engine/graph/model.h"

#include <string>
#include <vector>

namespace orrery::document {

struct WrittenModel {
    std::vector<Problem> problems; // what the format cannot hold
    edit::FileIdentity file;
};

enum class ExternalTensors : std::uint8_t { Keep, Inside };

// The format is that of the path's extension.
Result<WrittenModel> writeModelFile(const graph::Model& model, const std::string& path,
                                    ExternalTensors external);

} // namespace orrery::document
