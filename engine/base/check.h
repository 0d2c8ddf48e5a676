#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CHECK(condition) is for our own bugs: it prints the condition and place, then aborts, in every build type.
// What a file or a user can cause is never CHECKed; it is a Result.

namespace orrery {

[[noreturn]] void checkFailed(const char* condition, const char* file, int line);

} // namespace orrery

#define CHECK(condition)                                                                                     \
    (__builtin_expect(!(condition), 0) ? ::orrery::checkFailed(#condition, __FILE__, __LINE__) : void())
