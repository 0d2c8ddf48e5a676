#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Frame: where an Execution is in one block. The stack of frames has the main block at the bottom and, above
// it, the body of each If, Loop, Scan or function call that has been entered. Copying is cheap: what the
// iterations of a loop have gathered is a shared, immutable list.

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"

#include <cstdint>
#include <memory>

namespace orrery::exec {

// What one iteration of a loop left for one scan output, and those before it.
struct Gathered {
    // One by one: a chain of a million links must not take a million calls to go.
    ~Gathered()
    {
        std::shared_ptr<const Gathered> rest = std::move(before);
        while (rest != nullptr && rest.use_count() == 1)
            rest = std::shared_ptr<const Gathered>(rest->before);
    }

    graph::Tensor tensor;
    std::shared_ptr<const Gathered> before;
    std::int64_t count = 1; // of tensors, this one and those before
    std::int64_t bytes = 0; // of all of them
};

struct Frame {
    const plan::Block* block = nullptr;
    std::size_t next = 0;                       // index of the next instruction
    const plan::Instruction* entered = nullptr; // the instruction whose body this is; null for the main block
    std::int64_t iteration = -1;                // from 0; -1: no loop
    std::int64_t iterations = -1;               // how many there will be, where that is known
    std::vector<std::shared_ptr<const Gathered>> gathered; // by scan output, last iteration first

    bool atEnd() const { return next == block->instructions.size(); }
};

} // namespace orrery::exec
