#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The runner locks itself in before it reads a model or loads a library: it gains no privileges, writes
// nowhere but in its own folder (Landlock), opens no socket, starts no process, and reaches into no other
// (seccomp). What is refused fails with EPERM or EACCES and goes on, so that a library gets an error and no
// signal. Reading files, memory and threads are left alone. None of it can be undone, and threads inherit it.

#include <cstdint>
#include <string>

namespace orrery::runner {

struct Isolation {
    std::string holds; // "no network, no writes outside of its folder, no new programs"
    std::string gaps;  // what this kernel cannot forbid, in a sentence; empty: nothing
};

// For a process that has one thread. `folder` may be empty: nowhere is then left to write.
Isolation lockIn(const std::string& folder);

// Bounds what this process may still allocate: twice the limit of a run's tensors (they are copied once, to
// be handed over), 16 MiB for each thread and a gigabyte for everything else. -1: no bound. Allocations
// beyond it fail.
void limitMemory(std::int64_t limitBytes, int threads);

} // namespace orrery::runner
