#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HeapTag: what this thread is asking the heap for, so that whoever watches the heap can tell the engine's
// tensors from what kernels and libraries take. Setting it costs a call and a store; without a watcher nobody
// reads it. The variable stands behind functions of another translation unit because compilers take for
// granted that malloc reads no memory of the program, and drop a store that only malloc would see.

#include <cstdint>

namespace orrery {

enum class HeapTag : std::uint8_t {
    None,    // whoever runs: inside an op that is a kernel, a library, a custom operator
    Tensor,  // the bytes of a tensor, the arena among them
    Program, // a thread that has nothing to do with the model
};

HeapTag heapTag() noexcept;
// Returns the tag that was set before.
HeapTag exchangeHeapTag(HeapTag tag) noexcept;

class ScopedHeapTag {
public:
    explicit ScopedHeapTag(HeapTag tag)
        : m_outer(exchangeHeapTag(tag))
    {}
    ~ScopedHeapTag() { exchangeHeapTag(m_outer); }
    ScopedHeapTag(const ScopedHeapTag&) = delete;
    ScopedHeapTag& operator=(const ScopedHeapTag&) = delete;

private:
    HeapTag m_outer;
};

} // namespace orrery
