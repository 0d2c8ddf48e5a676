#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SharedRing: a single-producer, single-consumer queue of Events in a mapped file. The session creates it
// beside the trace, holds a lock on it while it consumes, and removes it; the runner is handed a descriptor
// and produces.
// Everything that was published is in the file at once, so it outlives either process, killed at any
// instruction. Neither side trusts the header: sizes are checked once when it is opened, positions on every
// use, and an impossible position stops the reading (damaged()).
//
// The file: one page of header (identity, clock, current op; head and tail on cache lines of their own), then
// the slots.

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "profiler/record/clock.h"
#include "profiler/record/event.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace orrery::record {

inline constexpr std::uint64_t ringMagic = 0x474e4952'59525252; // "RRRYRING"
inline constexpr std::uint32_t ringVersion = 1;
inline constexpr std::size_t ringHeaderBytes = 4096;
inline constexpr std::uint32_t ringMinimumSlots = 64;
inline constexpr std::uint32_t ringMaximumSlots = 1u << 26;

// The op that is running: what a crash report names.
struct CurrentOp {
    std::uint32_t node = noId;
    std::uint32_t step = 0;
    std::uint64_t beginTicks = 0;
};

struct RingHeader {
    std::uint64_t magic = ringMagic;
    std::uint32_t version = ringVersion;
    std::uint32_t slots = 0;
    std::int64_t runId = -1; // in the trace
    std::int64_t consumerPid = 0;
    ClockParameters clock; // by the producer, before its first event
    std::atomic<std::uint32_t> clockReady;

    alignas(64) std::atomic<std::uint64_t> head; // slots ever published
    std::atomic<std::uint64_t> lost;             // events that the producer had to drop
    std::atomic<std::int64_t> producerPid;
    std::atomic<std::uint32_t> currentNode;
    std::atomic<std::uint32_t> currentStep;
    std::atomic<std::uint64_t> currentBeginTicks;

    alignas(64) std::atomic<std::uint64_t> tail; // slots ever taken
    std::atomic<std::uint32_t> closed;           // the consumer takes no more
};

static_assert(sizeof(RingHeader) <= ringHeaderBytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

class SharedRing {
public:
    // For the consumer: a new file (an old one of the same name is replaced), its blocks reserved so that a
    // full disk is found here and not by a fault while writing. The lock is held until destruction.
    static Result<std::unique_ptr<SharedRing>> create(const std::string& path, std::uint32_t slots,
                                                      std::int64_t runId);
    // For the producer: what opens it there, free of the consumer's lock.
    Result<UniqueFd> descriptor() const;
    static Result<std::unique_ptr<SharedRing>> open(const std::string& path);
    static Result<std::unique_ptr<SharedRing>> open(const UniqueFd& descriptor);
    // For whoever comes after a consumer that died; Cancelled when that one is alive and holds the lock.
    static Result<std::unique_ptr<SharedRing>> takeOver(const std::string& path);
    // In memory of this process alone; for measuring and tests.
    static Result<std::unique_ptr<SharedRing>> anonymous(std::uint32_t slots);

    ~SharedRing();
    SharedRing(const SharedRing&) = delete;
    SharedRing& operator=(const SharedRing&) = delete;

    std::uint32_t slots() const { return m_slots; }
    RingHeader& header() { return *m_header; }
    const RingHeader& header() const { return *m_header; }
    Event* slotData() { return m_data; }

    // Consumer side. Copies up to out.size() slots that come after `position`, without taking them.
    std::size_t peek(std::uint64_t position, std::span<Event> out);
    std::uint64_t tail() const;           // where the consumer's reading goes on
    void release(std::uint64_t position); // everything before it may be overwritten
    void close();                         // the producer drops what comes from now on
    bool damaged() const { return m_damaged; }
    CurrentOp currentOp() const;
    std::int64_t runId() const { return m_header->runId; }
    ClockParameters clock() const; // monotonic when the producer has not begun, or wrote nonsense

    void remove(); // unlinks the file

private:
    SharedRing() = default;
    static Result<std::unique_ptr<SharedRing>> map(const std::string& path, int fd, std::size_t bytes);
    static Result<std::unique_ptr<SharedRing>> adopt(const std::string& path, int fd);

    std::string m_path;
    int m_fd = -1;
    void* m_mapping = nullptr;
    std::size_t m_bytes = 0;
    RingHeader* m_header = nullptr;
    Event* m_data = nullptr;
    std::uint32_t m_slots = 0;
    bool m_damaged = false;
};

} // namespace orrery::record
