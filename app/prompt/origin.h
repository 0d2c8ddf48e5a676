#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where a value comes from: who writes it, who reads it, and what its dims follow from.

#include "app/prompt/prompt.h"

namespace orrery::prompt {

Reply originReply(Prompt& prompt, ValueId value);

} // namespace orrery::prompt
