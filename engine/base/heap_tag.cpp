// SPDX-License-Identifier: Apache-2.0
#include "engine/base/heap_tag.h"

#include <utility>

namespace orrery {

namespace {
constinit thread_local HeapTag currentTag = HeapTag::None;
}

HeapTag heapTag() noexcept { return currentTag; }

HeapTag exchangeHeapTag(HeapTag tag) noexcept { return std::exchange(currentTag, tag); }

} // namespace orrery
