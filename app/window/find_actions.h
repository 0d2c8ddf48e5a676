#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The part of the Debug menu that looks for faults: first bad value, first divergence, smallest failing part.

#include "app/window/actions.h"

namespace orrery::window {

std::vector<ActionSpec> findActions();

} // namespace orrery::window
