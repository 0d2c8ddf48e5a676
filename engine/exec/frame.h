#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Frame: where an Execution is in one block. The stack of frames has the main block at the bottom and, above
// it, the body of each If that has been entered.

#include "engine/plan/plan.h"

namespace orrery::exec {

struct Frame {
    const plan::Block* block = nullptr;
    std::size_t next = 0;                       // index of the next instruction
    const plan::Instruction* entered = nullptr; // the instruction whose body this is; null for the main block

    bool atEnd() const { return next == block->instructions.size(); }
};

} // namespace orrery::exec
