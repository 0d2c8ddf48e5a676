#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where initializers are stored: in the model file or in one beside it. What is to go beside it has no place
// yet, an ExternalData with an empty location; whoever saves the model gives it one, and whoever writes a
// copy that stands alone takes it inside. Bytes stay in memory either way, so that nothing that computes
// notices, and undoing brings back what was before.

#include "engine/edit/clean_up.h"

namespace orrery::edit {

// With the next save, to a place that is not known yet.
bool isToBeStoredBeside(const graph::Initializer& initializer);

// Bytes that are there and make up the tensor, which those of texts do not.
bool canBeStoredBeside(const graph::Tensor& tensor);

// Its bytes go into the model file with the next save, instead of one beside it. They must have been read.
Result<graph::Edit> storeInside(const graph::Model& model, ValueId constant);
// The opposite. Refused for text, for no bytes at all, and for what is stored outside already.
Result<graph::Edit> storeBeside(const graph::Model& model, ValueId constant);

// All initializers of at least that many bytes go beside the model file; those that are in a file already
// stay there.
Result<CleanUp> weightsBeside(const graph::Model& model, std::int64_t leastBytes);
// All of them into the model file.
Result<CleanUp> weightsInside(const graph::Model& model);

} // namespace orrery::edit
