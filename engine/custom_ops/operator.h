#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// One operator out of a library as an OpSpec: its inference and its kernel call the library and turn what it
// reports into errors. An exception that leaves the library is one, too.

#include "engine/custom_ops/orrery_custom_op.h"
#include "engine/ops/op_spec.h"

#include <span>
#include <string>

namespace orrery::custom_ops {

// The spec, or why it is refused, in a sentence. `op` may hold anything; its texts are copied.
Result<ops::OpSpec> specOf(const OrreryOp& op);

// Text that says which operator of which library infers for which node, while one does: what is found there
// when that ends the process. Zero bytes: nowhere.
void noteInferenceIn(std::span<char> place);

} // namespace orrery::custom_ops
