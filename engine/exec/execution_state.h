#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ExecutionState: everything that the rest of a run depends on, at one position between two instructions.
// Holds its tensors by reference, so taking one copies no tensor bytes; the bytes stay as they are for as
// long as a state holds them (Storage::Shared never writes into bytes that somebody else holds). Constants
// are the plan's and not in it.

#include "engine/base/ids.h"
#include "engine/exec/frame.h"
#include "engine/graph/tensor.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace orrery::exec {

struct ExecutionState {
    std::uint64_t position = 0;                            // steps since the start
    std::uint64_t random = 0;                              // of the generator
    std::vector<Frame> frames;                             // main first; empty when the run has finished
    std::vector<std::pair<ValueId, graph::Tensor>> values; // that are alive, by id
    std::shared_ptr<const plan::Plan> plan;                // into which the frames point
};

// Equal to the last bit: position, frames with their iterations and what they have gathered, generator, and
// the type, dims and bytes of every live value.
bool identical(const ExecutionState& a, const ExecutionState& b);

} // namespace orrery::exec
