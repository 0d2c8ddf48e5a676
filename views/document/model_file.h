#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Writing an edited model, on any thread: into its own folder with external data where they are, elsewhere
// with all bytes inside.

#include "engine/edit/journal.h"
#include "engine/graph/model.h"

#include <memory>
#include <string>
#include <vector>

namespace orrery::document {

struct WrittenModel {
    std::vector<Problem> problems; // what the format cannot hold
    edit::FileIdentity file;
};

// With what a journal needs to go on behind it.
struct SavedModel : WrittenModel {
    std::shared_ptr<const graph::Model> saved, asRead;
    Result<edit::Start> start = Error{ErrorCode::Internal, "nothing was saved", {}};
};

enum class ExternalTensors : std::uint8_t { Keep, Inside };

// The format is that of the path's extension.
Result<WrittenModel> writeModelFile(const graph::Model& model, const std::string& path,
                                    ExternalTensors external);
// And reads it back.
Result<SavedModel> saveModelFile(std::shared_ptr<const graph::Model> model, const std::string& path,
                                 ExternalTensors external);

} // namespace orrery::document
