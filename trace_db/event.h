#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The fixed-size events of a run as the trace keeps them. Times are nanoseconds of one monotonic clock per
// run; `node`, `value` are ids local to the run's compute graph (noId: none); `buffer` is unique in the run.
// Op events come in the order in which they ended on each thread: children before their parent, which has a
// depth one less. Plain data: whoever records turns its own records into these.

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::trace_db {

inline constexpr std::uint32_t noId = 0xffffffff;

enum class OpKind : std::uint8_t {
    Op,
    Wait, // the executor waited because the ring was full; `node` may be noId
};

struct OpEvent {
    std::int64_t ts = 0;
    std::int64_t dur = 0;
    std::uint32_t node = noId;
    std::uint32_t thread = 0;
    std::uint32_t step = 0;
    std::uint16_t depth = 0;
    OpKind kind = OpKind::Op;

    friend bool operator==(const OpEvent&, const OpEvent&) = default;
};

enum class AllocAction : std::uint8_t { Alloc, Free };

// The numbers are written to files: append, never reorder.
enum class AllocKind : std::uint8_t {
    Weight,
    Input,
    Output,
    Activation,
    Workspace,
    Cache,
    PackedWeight,
    Native
};
inline constexpr std::size_t allocKindCount = 8;

// A free needs only ts, buffer and node: the rest is looked up in what the buffer was allocated with.
struct AllocEvent {
    std::int64_t ts = 0;
    std::int64_t bytes = 0;
    std::int64_t offset = -1; // in the arena; -1 outside of it
    std::uint32_t buffer = noId;
    std::uint32_t value = noId;
    std::uint32_t node = noId;
    AllocAction action = AllocAction::Alloc;
    AllocKind kind = AllocKind::Activation;

    friend bool operator==(const AllocEvent&, const AllocEvent&) = default;
};

// `counter` is an id from TraceWriter::counter().
struct CounterSample {
    std::int64_t ts = 0;
    double value = 0;
    std::uint32_t counter = noId;
};

enum class StepKind : std::uint8_t { Measured, WarmUp };

// One run of the root. peakBytes -1: the writer takes it from the allocations appended since the last step.
struct Step {
    std::uint32_t index = 0;
    std::int64_t ts = 0;
    std::int64_t dur = 0;
    StepKind kind = StepKind::Measured;
    std::int64_t peakBytes = -1;
};

enum class NativeKind : std::uint8_t { Heap, Mapping };
enum class NativeShare : std::uint8_t { Native, Tensor, Other };

// Where memory outside of the run's tensors is asked for; see the table native_sites.
struct NativeSite {
    std::uint32_t site = 0;
    NativeKind kind = NativeKind::Heap;
    NativeShare share = NativeShare::Native;
    std::uint32_t node = noId;
    std::int64_t stack = -1; // -1: not recorded
    std::uint32_t firstStep = 0;
};

// Live bytes of a site at the end of a step; step noId: after the run had given back all that is its own.
struct NativeSample {
    std::uint32_t site = 0;
    std::uint32_t step = noId;
    std::int64_t liveBytes = 0;
    std::int64_t liveBlocks = 0;
};

// What one call of a node asked of the heap.
struct NativeUse {
    std::uint32_t node = noId;
    std::int64_t allocations = 0;
    std::int64_t allocatedBytes = 0;
    std::int64_t frees = 0;
    std::int64_t freedBytes = 0;
    std::int64_t peakBytes = 0;
};

struct NativeFrame {
    std::string module = {};
    std::int64_t moduleOffset = -1; // -1: not known
    std::string symbol = {};
    std::string file = {};
    std::int64_t line = -1;
};

std::string_view name(NativeKind kind);    // "heap", "mapping"
std::string_view name(NativeShare share);  // "native", "tensor", "other"
std::string_view name(OpKind kind);        // "op", "wait"
std::string_view name(AllocAction action); // "alloc", "free"
std::string_view name(AllocKind kind);     // "weight", "packed_weight", ... as in SQL

} // namespace orrery::trace_db
