#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Loading operators out of shared libraries that the user has named. Their code runs from here on with all
// that this process may do: only the runner calls this, after it has locked itself in. Libraries stay loaded
// until the process ends, since their threads and the kernels of old plans may still be in use.

#include "engine/ops/op_spec.h"

#include <memory>
#include <span>
#include <string>

namespace orrery::custom_ops {

// The built-in operators and those of the libraries. `paths` are absolute (Usage). BadFile naming the library
// when it cannot be loaded, exports no orrery_register_ops, was built for another version of the interface,
// adds nothing, or adds an operator that is malformed or there already.
Result<std::shared_ptr<const ops::OpRegistry>> loadOperators(std::span<const std::string> paths);

// A run has ended: calls the orrery_run_ended() of those libraries, loaded before, that export one.
void tellRunEnded(std::span<const std::string> paths);

} // namespace orrery::custom_ops
