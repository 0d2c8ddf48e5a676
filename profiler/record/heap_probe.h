#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The heap probe: what malloc, mmap and their kin hand out in this process, told to it by the interposer of
// the runner (profiler/runner/heap_interposer.cpp). Every block handed out since begin() is known by its
// address with the bytes that were asked for, its tag and its site: the node that was running and, where
// stacks are captured, the calls that led there. No lock and no allocation on any path; threads count for
// themselves. malloc is one per process, and so is this: a namespace of functions rather than an object.
//
// Tables are of fixed size: what does not fit is counted (untracked()), never silently left out.

#include "engine/base/heap_tag.h"
#include "engine/base/result.h"
#include "profiler/record/event.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace orrery::record {

enum class StackCapture : std::uint8_t { None, Sampled, Full };

// Where a live byte belongs.
enum class HeapShare : std::uint8_t {
    Tensor, // the engine's tensors and its arena
    Native, // asked for inside an op by a kernel, a library or a custom operator
    Other,  // the program itself, between ops
};
inline constexpr std::size_t heapShareCount = 3;

struct HeapSite {
    SiteKind kind = SiteKind::Heap;
    std::uint32_t node = noId;
    std::uint32_t stack = 0; // 0: none was captured
};

struct HeapLive {
    std::uint64_t bytes = 0;
    std::uint64_t blocks = 0;
};

// Native heap of one stretch of time, all threads together.
struct NativeHeapUse {
    std::uint64_t allocatedBytes = 0;
    std::uint64_t freedBytes = 0;
    std::uint64_t allocations = 0;
    std::uint64_t frees = 0;
};

namespace heap_probe {

inline constexpr std::size_t maximumSites = 1u << 16;
inline constexpr std::size_t maximumStacks = 1u << 14;
inline constexpr std::size_t maximumFrames = 24;
inline constexpr std::size_t maximumBlocks = 1u << 20;

// Whether this program's malloc tells the probe anything at all.
bool available();

// Forgets everything and watches from now on; LimitReached when the tables cannot be mapped. With Sampled, a
// stack is captured about once per `sampleBytes` allocated.
Result<void> begin(StackCapture stacks, std::uint64_t sampleBytes = 1 << 19);
void end();
bool watching();

// The node that runs now, on whichever threads; noId between ops.
void setNode(std::uint32_t node);
// Totals since begin(), of the native share alone: the difference of two is what happened between.
NativeHeapUse nativeUse();
// Most native bytes live at once since the last call, above what was live then.
std::uint64_t takeNativePeak();

HeapLive live(HeapShare share);
HeapLive liveMappings();
HeapLive untracked();            // handed out, but no room was left to remember it
HeapLive earlierFreed();         // freed, but handed out before begin(): bytes as the allocator rounds them
std::uint64_t heldByAllocator(); // bytes that malloc has from the system: live, cached and free ones

// What watching takes of the time of the program, in nanoseconds: for a block, from malloc to free, measured
// here and now; and for the stacks captured so far, all together.
double measureBlockNs();
double stacksNs();

// Sites in the order in which they were first seen; a site's number is stable until the next begin().
std::size_t siteCount();
HeapSite site(std::size_t index);
HeapLive liveAt(std::size_t index);
// Return addresses, innermost first. Empty for stack 0.
std::span<void* const> framesOf(std::uint32_t stack);

// For the interposer.
namespace detail {
extern bool interposed;
// `caller`: the return address of the function that was asked; a captured stack begins there.
void allocated(void* address, std::size_t bytes, SiteKind kind, const void* caller) noexcept;
// What it was allocated with is forgotten. `usableBytes` is asked only for blocks that the probe does not
// know.
void freed(void* address, std::size_t (*usableBytes)(void*)) noexcept;
void unmapped(void* address, std::size_t bytes) noexcept;
} // namespace detail

} // namespace heap_probe
} // namespace orrery::record
