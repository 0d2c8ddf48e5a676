#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The seccomp filter of the runner: system calls that computing a model has no use for fail with EPERM.

namespace orrery::runner {

enum class Emptying { Allowed, Refused }; // of files through O_TRUNC, where Landlock cannot refuse it

// For this thread and those that it starts; needs "no new privileges". False where the kernel has no filters.
bool filterSystemCalls(Emptying emptying);

} // namespace orrery::runner
