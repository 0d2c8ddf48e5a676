#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// One node of a plan run by itself, with the plan's own kernel and inputs of the caller's choice; outside of
// any Execution, no value is touched.

#include "engine/exec/gate.h"
#include "engine/exec/thread_pool.h"
#include "engine/plan/plan.h"

namespace orrery::debug {

// inputs: one per node input, null for an absent one; of the types that the kernel was made for. Undefined
// tensors for omitted outputs. The kernel's own error otherwise; Unsupported for control flow and for
// operators that draw, whose numbers depend on what was drawn before.
Result<std::vector<graph::Tensor>> runAlone(const plan::Plan& plan, const plan::Instruction& instruction,
                                            const std::vector<const graph::Tensor*>& inputs,
                                            exec::ThreadPool& pool, const exec::Gate* gate);

} // namespace orrery::debug
