#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Writing an edited model, on any thread: with its weights where they are stored or are to be stored, or
// whole, for what reads it once.

#include "engine/edit/journal.h"
#include "engine/graph/model.h"

#include <memory>
#include <string>
#include <vector>

namespace orrery::document {

class WeightPlaces;

struct WrittenModel {
    std::vector<Problem> problems; // what the format cannot hold
    edit::FileIdentity file;
};

// With what a journal needs to go on behind it.
struct SavedModel : WrittenModel {
    std::shared_ptr<const graph::Model> saved, asRead;
    Result<edit::Start> start = Error{ErrorCode::Internal, "nothing was saved", {}};
};

// A file with all bytes inside. The format is that of the path's extension.
Result<WrittenModel> writeModelFile(const graph::Model& model, const std::string& path);
// In its own folder references to other files stay, elsewhere the bytes come inside; weights that are to be
// beside the model are put there first. And reads it back.
Result<SavedModel> saveModelFile(std::shared_ptr<const graph::Model> model, const std::string& path,
                                 WeightPlaces& places);

} // namespace orrery::document
