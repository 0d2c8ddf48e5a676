#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// KeptBytes: an edit as the journal keeps it when it sets initializers to tensors that they are of already,
// as where only their place changes: without those bytes, which the model has. So storing a gigabyte of
// weights elsewhere is a short record. Both directions speak of the model before the edit.

#include "engine/graph/edit.h"

#include <optional>

namespace orrery::edit {

struct KeptBytes {
    graph::Edit edit; // with tensors of no bytes where they are kept
    // Which of the edit's SetInitializer, counted from 0 as they come.
    std::vector<std::uint32_t> kept;
};

// Nothing when no bytes are kept.
std::optional<KeptBytes> withoutKeptBytes(const graph::Model& model, const graph::Edit& edit);
// BadFile when the model does not have what the record counts on.
Result<graph::Edit> withKeptBytes(const graph::Model& model, const KeptBytes& record);

} // namespace orrery::edit
