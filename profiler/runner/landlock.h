#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Landlock (linux/landlock.h, since Linux 5.13) by its system calls: the C library has none of it, and the
// header of an older system lacks the newer rights.

#include <string>

namespace orrery::runner {

// The version of Landlock that this kernel has; 0: none.
int landlockVersion();

// From here on this thread and those that it starts write, make and remove files beneath `folder` alone; no
// devices' ioctl, no TCP and no signals or abstract sockets to the outside, as far as the version has them.
// Version 1 and 2 cannot keep a file from being emptied through O_TRUNC. False when it did not work.
bool restrictWrites(int version, const std::string& folder);

} // namespace orrery::runner
