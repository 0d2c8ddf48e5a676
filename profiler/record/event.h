#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Event: one slot of the ring, 32 bytes of plain data. Time stamps are ticks of the Clock whose parameters
// are in the ring's header. An op is one slot, written when it ends, so a consumer needs no memory of what it
// read before. An allocation takes two slots, which are always published together.
//
//   kind              ticks   aux             depth   id       first          second
//   Op                end     -               depth   node     begin ticks    step
//   Step              end     -               -       step     begin ticks    ops in it
//   Wait              end     -               -       node     begin ticks    step        (the ring was full)
//   Alloc             at      AllocationKind  -       buffer   bytes          offset in the arena, -1 outside
//   AllocDetail       at      -               -       value    node           -
//   Free              at      -               -       buffer   node           -
//   NativeUse         op end  -               -       node     bytes taken    bytes given back
//   NativeCount       op end  -               -       node     blocks, packed most bytes at once
//   Site              seen    SiteKind        -       site     node           stack
//   SiteLive          at      -               -       site     bytes          blocks and step, packed
//   HeapTotal         at      HeapTotal       -       step     bytes          blocks
//   StepInputs        begin   -               -       step     set of inputs  -
//
// Packed: the first number in the lower 32 bits, the second in the upper; of NativeCount: taken, given back.
//
// NativeUse and NativeCount, published together, tell what the op, without those inside of it, asked of
// malloc besides tensors. SiteLive is told after a step for the sites whose live bytes changed in it; step
// noId: after the run has given back all that is its own. HeapTotal likewise.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace orrery::record {

inline constexpr std::uint32_t noId = 0xffffffff;

enum class EventKind : std::uint8_t {
    None,
    Op,
    Step,
    Wait,
    Alloc,
    AllocDetail,
    Free,
    NativeUse,
    NativeCount,
    Site,
    SiteLive,
    HeapTotal,
    StepInputs
};

enum class HeapTotal : std::uint8_t {
    Tensor,
    Native,
    Other,
    Mappings,
    Held,         // by malloc from the system
    Untracked,    // live or not: the probe had no room to remember them
    EarlierFreed, // blocks from before the run
    EngineLive,   // values and work space of the engine, as it counts them itself
    EngineHeld    // what it holds of the heap for them, likewise
};
inline constexpr std::size_t heapTotalCount = 9;

// The node of the one site that holds the engine's tensors.
inline constexpr std::uint32_t tensorSiteNode = noId - 1;

enum class SiteKind : std::uint8_t { Heap, Mapping };

struct Event {
    std::uint64_t ticks = 0;
    EventKind kind = EventKind::None;
    std::uint8_t aux = 0;
    std::uint16_t depth = 0;
    std::uint32_t id = noId;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

static_assert(sizeof(Event) == 32 && std::is_trivially_copyable_v<Event>);

} // namespace orrery::record
